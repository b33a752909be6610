import RoadRunnerConfiguration
import RoadRunnerRuntime

/// Serves through RoadRunner's debug pool, which starts a new process for each request.
actor PoolServer: DevServer {
    private let roadRunner: String
    private let configuration: String
    private let program: ServedProgram
    private let tool: String
    private let environment: String?
    private let surroundings: Surroundings
    private var process: Task<Void, any Error>?
    private let endings: AsyncThrowingStream<Void, any Error>
    private let ending: AsyncThrowingStream<Void, any Error>.Continuation

    /// - Parameters:
    ///   - configuration: RoadRunner's configuration file.
    ///   - tool: this tool, which can act as RoadRunner's worker.
    ///   - environment: replaces the `APP_ENV` of the configuration, if that has one; nil to keep it.
    init(
        _ program: ServedProgram, roadRunner: String, configuration: String, tool: String, environment: String?,
        _ surroundings: Surroundings
    ) {
        self.roadRunner = roadRunner
        self.configuration = configuration
        self.program = program
        self.tool = tool
        self.environment = environment
        self.surroundings = surroundings
        (self.endings, self.ending) = AsyncThrowingStream.makeStream()
    }

    func start() async throws {
        let folder = Paths.folder(of: self.configuration)
        let file = try await ConfigurationFile.read(path: self.configuration, environment: self.surroundings.variables)
        let command = try self.command(file, folder)
        var arguments = ["serve", "-c", self.configuration, "-o", "server.command=\(command)"]
        for mode in Self.modes(file) {
            if file[mode]?["pool"]?["debug"] != .bool(true) { arguments += ["-o", "\(mode).pool.debug=true"] }
            // It would precede the server's.
            if file[mode]?["pool"]?["command"] != nil { arguments += ["-o", "\(mode).pool.command=\(command)"] }
        }
        var variables = self.surroundings.variables
        variables[StandIn.variable] = self.program.page
        let process = Subprogram(self.roadRunner, arguments, variables: variables, directory: folder)
        let (console, ending) = (self.surroundings.console, self.ending)
        self.process = Task {
            do {
                let end = try await process.run { console.printError($0) }
                guard !Task.isCancelled else { return }
                ending.finish(
                    throwing: ToolError(
                        .notStarted, "RoadRunner exited (\(end.status)): see above",
                        remedy: "rr-swift check finds what is wrong with the set-up"))
            } catch  where !Task.isCancelled {
                ending.finish(throwing: error)
            }
        }
    }

    /// The sections of RoadRunner's plugins with workers, whose pools may have their default values.
    static func modes(_ file: ConfigurationFile) -> [String] {
        let known = ["http", "centrifuge", "jobs", "grpc", "tcp"]
        return (file.root.map ?? [:]).filter { known.contains($0.key) || $0.value["pool"]?.map != nil }.keys.sorted()
    }

    /// The command with which RoadRunner starts the program.
    private func command(_ file: ConfigurationFile, _ folder: String) throws -> String {
        // Its working directory is the folder of its configuration.
        let path =
            self.program.path.hasPrefix("\(folder)/") ? String(self.program.path.dropFirst(folder.count + 1)) : self.program.path
        // RoadRunner splits commands at spaces, and overrides at commas.
        guard !path.contains(where: { $0 == " " || $0 == "," }) else {
            throw ToolError(
                .notStarted, "RoadRunner cannot start \(path), whose path has a space or a comma in it",
                remedy: "set another with --scratch-path")
        }
        let configured = Setup.variables(file["server"]?["env"])
        let others = ((try? EnvironmentFile(path: "\(folder)/.env"))?.variables ?? [:])
            .merging(self.surroundings.variables) { _, new in new }
        var replacements: [(name: String, value: String)] = []
        if let environment, configured["APP_ENV"] != nil { replacements.append(("APP_ENV", environment)) }
        // A shared process cannot serve a debug pool.
        if configured["APP_RUNTIME"] ?? others["APP_RUNTIME"] == RuntimeName.shared.rawValue {
            replacements.append(("APP_RUNTIME", RuntimeName.roadrunner.rawValue))
        }
        try Self.check(replacements, before: path)
        let added = configured.merging(replacements.map { ($0.name, $0.value) }) { _, new in new }
        if DebugMode.isOn(others), !DebugMode.isOn(others.merging(added) { _, new in new }) {
            self.reportProduction(
                by: ["APP_ENV", "APP_DEBUG"].filter { name in
                    added[name] != nil && !replacements.contains { $0.name == name }
                })
        }
        // An override of a list of variables would replace all of them.
        guard !replacements.isEmpty else { return path }
        return "/usr/bin/env \(replacements.map { "\($0.name)=\($0.value)" }.joined(separator: " ")) \(path)"
    }

    /// Checks that `env` can set variables in a command of RoadRunner's.
    private static func check(_ replacements: [(name: String, value: String)], before path: String) throws {
        for (name, value) in replacements {
            guard value.utf8.allSatisfy(Self.isPlain) else {
                throw ToolError(
                    .notStarted,
                    "RoadRunner cannot start \(path) with \(name)=\(value), which has other characters than letters, digits and -_.",
                    remedy: "change it, or write a .rr.dev.yaml without \(name)")
            }
            guard !path.contains("=") else {
                throw ToolError(
                    .notStarted, "RoadRunner cannot start \(path) with \(name)=\(value), since the path has a = in it",
                    remedy: "set another with --scratch-path")
            }
        }
    }

    /// - Parameter names: the variables of the configuration that switch development off.
    private func reportProduction(by names: [String]) {
        guard !names.isEmpty else { return }
        let (console, list) = (self.surroundings.console, names.joined(separator: " and "))
        console.printError(
            """
            \(console.styled("!", .yellow)) the program runs as in production, without the details of errors: server.env of \
            \(self.configuration) sets \(list)
              → remove \(list) from it
            """)
    }

    /// Whether RoadRunner passes a character of a command on as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_.".utf8.contains(byte)
        }
    }

    /// Does nothing: RoadRunner starts the new program with the next request.
    func programChanged() async throws {}

    func show(_ page: DevPage) async throws { try self.program.show(page, by: self.tool) }

    func settingsChanged() async throws {
        await self.stop()
        try await self.start()
    }

    func ended() async throws { for try await _ in self.endings {} }

    func stop() async {
        self.process?.cancel()
        _ = await self.process?.result
        self.process = nil
    }
}
