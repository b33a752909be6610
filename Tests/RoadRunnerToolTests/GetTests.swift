import Crypto
import Foundation
import NIOHTTP1
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerTool

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite(.timeLimit(.minutes(2))) struct GetTests {
    private static let version = "2025.1.15"

    private static func name() throws -> String { "roadrunner-\(Self.version)-\(try Platform.current())" }

    private static func place() throws -> String { "/v\(Self.version)/\(try Self.name()).tar.gz" }

    /// Creates an archive like RoadRunner's.
    private static func archive(_ program: String = TestFile.fakeRoadRunner, named name: String? = nil) async throws -> [UInt8] {
        try await withTemporaryDirectory { folder async throws in
            let name = try name ?? Self.name()
            try TestFile.write(program, to: "\(folder)/\(name)/rr", mode: 0o755)
            try TestFile.write("read me", to: "\(folder)/\(name)/README.md")
            let tar = try #require(Surroundings.ofProcess().program("tar"))
            let result = try await Subprogram(
                tar, ["-czf", "\(folder)/out.tar.gz", "-C", folder, name], variables: ProcessInfo.processInfo.environment,
                directory: folder
            ).run()
            #expect(result.isSuccess, "\(result.errors)")
            return Array(try Data(contentsOf: URL(filePath: "\(folder)/out.tar.gz")))
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> String { Checksum(SHA256.hash(data: bytes)).description }

    /// Runs `get` against a server with these files, and checks the folder afterwards.
    private static func get(
        _ answers: [String: FileServer.Response], _ arguments: [String] = [],
        _ check: (ToolRun, _ folder: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder async throws in
            try await FileServer.with(answers) { server async throws in
                try await check(await ToolRun.of(["get", "--base-url", server.url] + arguments, in: folder), folder)
            }
        }
    }

    @Test func putsRoadRunnerIntoItsFolder() async throws {
        let archive = try await Self.archive()
        let answers: [String: FileServer.Response] = [
            try Self.place(): .file(archive),
            "\(try Self.place()).sha256": .file(Array("\(Self.checksum(archive))  \(try Self.name()).tar.gz\n".utf8)),
        ]
        try await Self.get(answers) { run, folder async throws in
            #expect(run.code == 0, "\(run.text)")
            #expect(try TestFile.names(in: "\(folder)/bin") == ["rr"])
            #expect(try TestFile.mode("\(folder)/bin/rr") == 0o755)
            #expect(!run.text.contains("no checksum") && !run.text.contains("\u{1B}"))
        }
    }

    @Test func showsABarOnATerminal() async throws {
        let archive = try await Self.archive()
        try await withTemporaryDirectory { folder async throws in
            try await FileServer.with([try Self.place(): .file(archive)]) { server async throws in
                let run = await ToolRun.of(["get", "--base-url", "\(server.url)/"], in: folder, input: [])
                #expect(run.code == 0, "\(run.text)")
                #expect(run.errors.contains("█  100 %"))
            }
        }
    }

    @Test func printsTheChecksumIfNoneIsPublished() async throws {
        let archive = try await Self.archive()
        try await Self.get([try Self.place(): .file(archive)]) { run, _ async throws in
            #expect(run.code == 0)
            #expect(run.errors.contains("--sha256 \(Self.checksum(archive))"))
        }
        try await Self.get([try Self.place(): .file(archive)], ["--require-checksum"]) { run, folder async throws in
            #expect(run.code == 1)
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
        try await Self.get(
            [try Self.place(): .file(archive)], ["--require-checksum", "--sha256", Self.checksum(archive), "--json"]
        ) {
            run, folder async throws in
            #expect(run.code == 0, "\(run.text)")
            let report = try JSONDecoder().decode([String: String].self, from: Data(run.output.utf8))
            #expect(
                report == [
                    "path": Paths.resolve("bin/rr", from: folder), "version": Self.version, "sha256": Self.checksum(archive),
                ])
        }
    }

    @Test func installsNothingWithAnotherChecksum() async throws {
        let archive = try await Self.archive()
        let other = String(repeating: "0", count: 64)
        try await Self.get([try Self.place(): .file(archive)], ["--sha256", other]) { run, folder async throws in
            #expect(run.code == 1)
            #expect(run.errors.contains(other) && run.errors.contains(Self.checksum(archive)))
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
        let answers: [String: FileServer.Response] = [
            try Self.place(): .file(archive), "\(try Self.place()).sha256": .file(Array(other.utf8)),
        ]
        try await Self.get(answers) { run, folder async throws in
            #expect(run.code == 1)
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
    }

    @Test func followsRedirects() async throws {
        let archive = try await Self.archive()
        try await Self.get([try Self.place(): .redirect("/elsewhere"), "/elsewhere": .file(archive)]) {
            run, folder async throws in
            #expect(run.code == 0, "\(run.text)")
            #expect(Paths.isProgram("\(folder)/bin/rr"))
        }
    }

    @Test func reportsAnUnknownRelease() async throws {
        try await Self.get([:], ["9.9.9"]) { run, folder async throws in
            #expect(run.code == 1)
            #expect(run.errors.contains("there is no RoadRunner 9.9.9"))
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
        try await Self.get([try Self.place(): .status(.internalServerError)]) { run, _ async throws in
            #expect(run.code == 1)
            #expect(run.errors.contains("500"))
        }
    }

    @Test func reportsThatItIsOffline() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["get", "--base-url", "http://127.0.0.1:\(try FreePort.next())"], in: folder)
            #expect(run.code == 1)
            #expect(run.errors.contains("is this computer online"))
            // The system's own words.
            #expect(run.errors.contains(": Connection refused\n"), "\(run.errors)")
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
    }

    @Test func installsNoTruncatedArchive() async throws {
        let archive = try await Self.archive()
        try await Self.get([try Self.place(): .cut(Array(archive.prefix(100)), announced: archive.count)]) {
            run, folder async throws in
            #expect(run.code == 1)
            #expect(run.errors.contains("cannot download"))
            #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
        }
    }

    @Test func leavesNothingBehindWhenItIsInterrupted() async throws {
        let answers: [String: FileServer.Response] = [try Self.place(): .held([1, 2, 3], announced: 1000)]
        try await withTemporaryDirectory { folder async throws in
            try await FileServer.with(answers) { server async throws in
                let process = try ChildProcess(
                    BuiltProducts.path("rr-swift"), arguments: ["get", "--base-url", server.url, "--into", "\(folder)/bin"],
                    environment: ProcessInfo.processInfo.environment, input: nil, output: nil, loop: Peer.sharedLoop())
                defer { process.signal(SIGKILL) }
                // Until the download has begun.
                try await eventually(within: .seconds(60)) {
                    try TestFile.names(in: folder).contains { $0.hasSuffix("archive.tar.gz") }
                }
                process.signal(SIGINT)
                #expect(await process.waitForExit(timeout: .seconds(20)) == .exited(130))
                #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
            }
        }
    }

    @Test func installsNothingButRoadRunner() async throws {
        let cases: [[UInt8]] = [
            Array("no archive".utf8), try await Self.archive("#!/bin/sh\necho 'rr: record and replay'\n"),
            try await Self.archive(named: "other"),
        ]
        for archive in cases {
            try await Self.get([try Self.place(): .file(archive)]) { run, folder async throws in
                #expect(run.code == 1)
                #expect(try TestFile.names(in: "\(folder)/bin").isEmpty)
            }
        }
    }

    @Test func leavesOtherProgramsAlone() async throws {
        let archive = try await Self.archive()
        try await withTemporaryDirectory { folder async throws in
            try await FileServer.with([try Self.place(): .file(archive)]) { server async throws in
                let arguments = ["get", "--base-url", server.url]
                try TestFile.write("#!/bin/sh\necho debugger\n", to: "\(folder)/bin/rr", mode: 0o755)
                let refused = await ToolRun.of(arguments, in: folder)
                #expect(refused.code == 1)
                #expect(try TestFile.read("\(folder)/bin/rr").contains("debugger"))

                #expect(await ToolRun.of(arguments + ["--force"], in: folder).code == 0)
                #expect(try TestFile.read("\(folder)/bin/rr") == TestFile.fakeRoadRunner)
            }
            // An installed RoadRunner is not downloaded again: the server is gone.
            let again = await ToolRun.of(["get", "--base-url", "http://127.0.0.1:\(try FreePort.next())"], in: folder)
            #expect(again.code == 0)
            #expect(again.output.contains("already"))
        }
    }

    @Test(arguments: ["../../etc", "", ".1", "1 2", "v"]) func refusesInvalidVersions(_ version: String) async throws {
        try await withTemporaryDirectory { folder async throws in
            #expect(await ToolRun.of(["get", version], in: folder).code == 1)
        }
    }

    @Test func readsChecksums() throws {
        let hex = String(repeating: "ab", count: 32)
        #expect(Checksum.inFile("\(hex.uppercased())\n", of: "x")?.description == hex)
        #expect(Checksum.inFile("00  y\n\(hex) *x\n", of: "x")?.description == hex)
        #expect(Checksum.inFile("<html>", of: "x") == nil)
        let json = #"{"assets":[{"name":"y","digest":null},{"name":"x","digest":"sha256:\#(hex)"}]}"#
        #expect(Checksum.inDescription(Array(json.utf8), of: "x")?.description == hex)
        #expect(Checksum.inDescription(Array(json.utf8), of: "y") == nil)
        #expect(
            try Release(version: "v1.2.3", platform: Platform("linux-arm64"), baseURL: "https://a/b/").archiveURL
                == "https://a/b/v1.2.3/roadrunner-1.2.3-linux-arm64.tar.gz")
    }

    @Test(
        arguments: [
            ("rr version 2025.1.15 (build time: x)", "2025.1.15"), ("rr version v2024.3.0", "2024.3.0"), ("rr 5.6.0", nil),
            ("version 1", nil), ("", nil),
        ] as [(String, String?)])
    func knowsRoadRunner(_ text: String, _ version: String?) { #expect(RoadRunnerBinary.version(in: text) == version) }
}
