import ArgumentParser

/// `rr-swift get`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download RoadRunner into bin/.",
        discussion: """
            Downloads this system's release, checks it, and installs it as bin/rr, where `rr-swift dev` and `rr-swift check` \
            look for it. An existing rr is replaced only if it is RoadRunner.

            The checksum is that of --sha256, otherwise the one beside the archive on the server \
            (…tar.gz.sha256), or GitHub's. Without any, the checksum of the downloaded file is printed, for the next time.

              rr-swift get                   # \(Release.testedVersion), which is tested
              rr-swift get 2025.1.2 --into /usr/local/bin
              rr-swift get --base-url https://mirror.example/rr

            The archive is …/rr/v\(Release.testedVersion)/roadrunner-\(Release.testedVersion)-linux-amd64.tar.gz then.
            """)

    @Argument(help: "The version.")
    var version = Release.testedVersion

    @Option(help: ArgumentHelp("The location of releases.", valueName: "url"))
    var baseURL = Release.gitHub

    @Option(name: .customLong("sha256"), help: ArgumentHelp("The archive's SHA-256 checksum.", valueName: "hex"))
    var checksum: String?

    @Option(help: ArgumentHelp("The folder for the program.", valueName: "folder"))
    var into = "bin"

    @Option(help: ArgumentHelp("For another system: \(Platform.known.joined(separator: ", ")).", valueName: "os-arch"))
    var platform: String?

    @Flag(help: "Fail if there is no checksum to compare with.")
    var requireChecksum = false

    @Flag(help: "Download it even if this version is installed.")
    var force = false

    @Flag(help: "Print JSON: the path, the version and the checksum.")
    var json = false

    private struct Report: Encodable {
        let path: String
        let version: String
        let sha256: String?
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let release = try Release(
            version: self.version, platform: self.platform.map { try Platform($0) } ?? .current(), baseURL: self.baseURL)
        let given = try self.checksum.map { text in
            guard let checksum = Checksum(text) else {
                throw ToolError(.wrongChecksum, "--sha256 must have 64 hexadecimal digits")
            }
            return checksum
        }
        let folder = surroundings.path(self.into)
        let target = "\(folder)/rr"
        if Paths.exists(target) {
            let present = await RoadRunnerBinary.examine(target, surroundings)
            guard let version = present.version ?? (self.force ? "unknown" : nil) else {
                throw ToolError(
                    .otherProgram, "\(target) is not RoadRunner, and was not changed",
                    remedy: "--into another folder, or --force to replace it")
            }
            if version == release.version, !self.force {
                if self.json { return try console.printJSON(Report(path: target, version: version, sha256: nil)) }
                return console.print("\(console.styled("✓", .green)) \(self.into)/rr is RoadRunner \(version) already")
            }
        }
        let checksum = try await Interruption.cancelling(surroundings) {
            try await self.install(release, at: target, given, surroundings)
        }
        // The exit code of a shell for SIGINT.
        guard let checksum else { throw ExitCode(130) }
        if self.json {
            return try console.printJSON(Report(path: target, version: release.version, sha256: checksum.description))
        }
        console.print("\(console.styled("✓", .green)) \(self.into)/rr is RoadRunner \(release.version)")
    }

    private func install(
        _ release: Release, at target: String, _ given: Checksum?, _ surroundings: Surroundings
    ) async throws -> Checksum {
        try Paths.makeFolder(Paths.folder(of: target))
        // Beside the target, so that the last step is a rename.
        let folder = Paths.draft(of: "\(Paths.folder(of: target))/.rr-download")
        try Paths.makeFolder(folder)
        defer { Paths.remove(folder) }
        let archive = Archive(path: "\(folder)/archive.tar.gz", release: release)
        let (actual, expected) = try await Downloads.with(surroundings.variables) { downloads in
            let actual = try await self.load(archive, downloads, surroundings.console)
            return (actual, try await self.expected(given, release, downloads))
        }
        try self.compare(actual, to: expected, of: release, surroundings.console)
        let program = try await archive.unpack(into: folder, surroundings)
        if try release.platform == .current() {
            let binary = await RoadRunnerBinary.examine(program, surroundings)
            guard binary.version != nil else {
                throw ToolError(.brokenArchive, "the program of \(release.archiveURL) does not run here, or is not RoadRunner")
            }
        }
        try Paths.move(program, to: target)
        return actual
    }

    private func load(_ archive: Archive, _ downloads: Downloads, _ console: Console) async throws -> Checksum {
        let release = archive.release
        console.printError("Loading \(release.archiveURL)")
        let missing = ToolError(
            .noSuchRelease, "there is no RoadRunner \(release.version) for \(release.platform) at \(release.baseURL)",
            remedy: "the releases are at https://github.com/roadrunner-server/roadrunner/releases")
        var bar = ProgressBar("RoadRunner \(release.version)", total: nil, on: console)
        let checksum = try await downloads.load(release.archiveURL, to: archive.path, orThrow: missing) { total in
            bar = ProgressBar("RoadRunner \(release.version)", total: total, on: console)
            return { bar.advance(by: $0) }
        }
        bar.finish()
        return checksum
    }

    private func expected(_ given: Checksum?, _ release: Release, _ downloads: Downloads) async throws -> Checksum? {
        if let given { return given }
        let name = "\(release.name).tar.gz"
        if let bytes = try await downloads.bytes(of: release.checksumURL, upTo: 64 * 1024) {
            guard let checksum = Checksum.inFile(String(decoding: bytes, as: UTF8.self), of: name) else {
                throw ToolError(.badResponse, "\(release.checksumURL) contains no checksum", remedy: "pass one with --sha256")
            }
            return checksum
        }
        guard let url = release.descriptionURL,
            let json = try? await downloads.bytes(of: url, upTo: 4 * 1024 * 1024)
        else { return nil }
        return Checksum.inDescription(json, of: name)
    }

    private func compare(_ actual: Checksum, to expected: Checksum?, of release: Release, _ console: Console) throws {
        guard let expected else {
            guard !self.requireChecksum else {
                throw ToolError(.wrongChecksum, "\(release.baseURL) has no checksum for it", remedy: "pass one with --sha256")
            }
            return console.printError(
                """
                \(console.styled("!", .yellow)) there was no checksum to compare with. Next time pass --sha256 \(actual)
                """)
        }
        guard actual == expected else {
            throw ToolError(
                .wrongChecksum,
                "the file from \(release.archiveURL) has the SHA-256 checksum \(actual), expected \(expected)",
                remedy: "nothing was installed: try again, and do not use the file if this is repeated")
        }
    }
}
