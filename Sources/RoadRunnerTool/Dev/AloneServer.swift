import Synchronization

/// Serves without RoadRunner: the program alone, restarted when it changes.
actor AloneServer: DevServer {
    private let program: ServedProgram
    /// The address on which the program listens.
    private let address: HostPort
    private let surroundings: Surroundings
    private var process: Task<Void, Never>?
    private var page: PageServer?

    init(_ program: ServedProgram, at address: HostPort, _ surroundings: Surroundings) {
        self.program = program
        self.address = address
        self.surroundings = surroundings
    }

    func start() async throws {}

    func programChanged() async throws {
        await self.stop()
        var variables = self.surroundings.variables
        variables["APP_RUNTIME"] = "standalone"
        // The program must not keep its port when this tool is killed.
        variables["APP_EXIT_WITH_PARENT"] = "true"
        let process = Subprogram(self.program.path, [], variables: variables, directory: self.surroundings.directory)
        let console = self.surroundings.console
        self.process = Task {
            let lines = LastLines()
            let end = try? await process.run { line in
                lines.add(line)
                console.printError(line)
            }
            guard !Task.isCancelled else { return }
            let status = end?.status ?? "it could not be started"
            console.printError(
                "\(console.styled("✗", .red)) the program exited (\(status)); it restarts with the next change")
            await self.programEnded(DevPage(title: "The program exited: \(status)", text: lines.text))
        }
    }

    /// Called by the task of the process, which must not wait for itself: a concurrent stop of the server waits for that task.
    private func programEnded(_ page: DevPage) async {
        guard !Task.isCancelled else { return }
        self.page = try? await PageServer.start(page, at: self.address)
    }

    func show(_ page: DevPage) async throws {
        await self.stop()
        self.page = try await PageServer.start(page, at: self.address)
    }

    func settingsChanged() async throws {}

    func ended() async throws { try await Task.sleep(for: .seconds(Int64.max / 4)) }

    func stop() async {
        if let process {
            process.cancel()
            await process.value
        }
        self.process = nil
        await self.page?.stop()
        self.page = nil
    }
}

/// The last lines that a program wrote.
private final class LastLines: Sendable {
    private static let maximum = 200

    private let lines = Mutex<[String]>([])

    func add(_ line: String) {
        self.lines.withLock { lines in
            if lines.count >= Self.maximum { lines.removeFirst() }
            lines.append(line)
        }
    }

    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }
}
