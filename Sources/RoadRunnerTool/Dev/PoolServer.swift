import RoadRunnerConfiguration

/// Serves through RoadRunner's debug pool, which starts a new process for each request.
actor PoolServer: DevServer {
    private let roadRunner: String
    private let configuration: String
    private let program: ServedProgram
    private let tool: String
    private let surroundings: Surroundings
    private var process: Task<Void, any Error>?
    private let endings: AsyncThrowingStream<Void, any Error>
    private let ending: AsyncThrowingStream<Void, any Error>.Continuation

    /// - Parameter configuration: RoadRunner's configuration file.
    init(_ roadRunner: String, _ configuration: String, _ program: ServedProgram, tool: String, _ surroundings: Surroundings) {
        self.roadRunner = roadRunner
        self.configuration = configuration
        self.program = program
        self.tool = tool
        self.surroundings = surroundings
        (self.endings, self.ending) = AsyncThrowingStream.makeStream()
    }

    func start() async throws {
        let folder = Paths.folder(of: self.configuration)
        let file = try await ConfigurationFile.read(path: self.configuration, environment: self.surroundings.variables)
        // RoadRunner splits commands at spaces. Its working directory is the folder of its configuration.
        let command =
            self.program.path.hasPrefix("\(folder)/") ? String(self.program.path.dropFirst(folder.count + 1)) : self.program.path
        guard !command.contains(" ") else {
            throw ToolError(
                .notStarted, "RoadRunner cannot start \(command), whose path has a space in it",
                remedy: "set another with --scratch-path")
        }
        var arguments = ["serve", "-c", self.configuration, "-o", "server.command=\(command)"]
        for mode in ["http", "centrifuge"] where file[mode] != nil && file[mode]?["pool"]?["debug"] != .bool(true) {
            arguments += ["-o", "\(mode).pool.debug=true"]
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
