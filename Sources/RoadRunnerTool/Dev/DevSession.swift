import Synchronization

/// Builds and serves, and does so again when files change, until it is cancelled.
struct DevSession: Sendable {
    let package: Package
    let product: String
    let program: ServedProgram
    let server: any DevServer
    /// Files that the server itself reads.
    let settings: [String]
    /// Additional files and folders to watch.
    let watched: [String]
    /// The URL of the program; nil if it serves no HTTP.
    let url: String?
    let console: Console

    func run() async throws {
        let watcher = SourceWatcher(self.package.folder, and: self.settings + self.watched)
        do {
            try await self.build(isFirst: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.server.ended() }
                group.addTask {
                    var watcher = watcher
                    while true { try await self.changed(try await watcher.next()) }
                }
                // Both return only by an error.
                try await group.next()
                group.cancelAll()
            }
        } catch {
            await self.server.stop()
            throw error
        }
        await self.server.stop()
    }

    private func changed(_ paths: [String]) async throws {
        let names = paths.prefix(3).map { path in
            path.hasPrefix("\(self.package.folder)/") ? String(path.dropFirst(self.package.folder.count + 1)) : path
        }
        self.console.printError(
            "\(self.console.styled("↻", .yellow)) \(names.joined(separator: ", "))\(paths.count > 3 ? " and \(paths.count - 3) more" : "")"
        )
        let settings = paths.filter(self.settings.contains)
        if !settings.isEmpty { try await self.server.settingsChanged() }
        if settings.count < paths.count { try await self.build(isFirst: false) }
    }

    private func build(isFirst: Bool) async throws {
        let start = ContinuousClock.now
        let output = BuildOutput(self.console)
        self.console.printError("Building \(self.product)…")
        let isBuilt = try await self.package.build(self.product, "debug") { output.add($0) }
        output.finish()
        try Task.checkCancellation()
        if isBuilt {
            try self.program.install()
            if isFirst { try await self.server.start() }
            try await self.server.programChanged()
            let tenths = (ContinuousClock.now - start) / .milliseconds(100)
            self.console.printError(
                "\(self.console.styled("✓", .green)) built in \(Int(tenths) / 10).\(Int(tenths) % 10) s\(self.url.map { ": \($0)" } ?? "")"
            )
        } else {
            try await self.server.show(DevPage(title: "\(self.product) does not compile", text: output.text))
            if isFirst { try await self.server.start() }
            self.console.printError(
                "\(self.console.styled("✗", .red)) it does not compile\(self.url.map { ": \($0) shows why until the next successful build" } ?? "")"
            )
        }
    }
}

/// The output of the compiler: its progress in one line, the rest unchanged.
private final class BuildOutput: Sendable {
    private static let maximumLines = 5000

    private let console: Console
    private let lines = Mutex<[String]>([])

    init(_ console: Console) { self.console = console }

    func add(_ line: String) {
        guard !Self.isProgress(line) else {
            if self.console.isInteractive { self.console.writeError("\r\(line.prefix(100))\u{1B}[K") }
            return
        }
        self.lines.withLock { if $0.count < Self.maximumLines { $0.append(line) } }
        self.console.printError(line.contains("error:") ? self.console.styled(line, .red) : line)
    }

    func finish() { if self.console.isInteractive { self.console.writeError("\r\u{1B}[K") } }

    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }

    /// Whether a line is `[12/34] Compiling …`.
    private static func isProgress(_ line: String) -> Bool {
        guard line.utf8.first == UInt8(ascii: "["), let end = line.firstIndex(of: "]") else { return false }
        return line[..<end].dropFirst().allSatisfy { $0.isNumber || $0 == "/" }
    }
}
