import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A process whose output is read line by line.
final class RunningProcess: Sendable {
    private let pid: Int32
    private let lines: AsyncStream<String>
    private let exit: AsyncStream<Void>
    private let text = Mutex("")

    /// The output so far.
    var output: String { self.text.withLock { $0 } }

    init(_ path: String, _ arguments: [String], _ environment: [String: String], _ folder: URL) throws {
        let (lines, line) = AsyncStream<String>.makeStream()
        let (exit, ended) = AsyncStream<Void>.makeStream()
        (self.lines, self.exit) = (lines, exit)
        let pipe = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardError = pipe
        process.standardOutput = pipe
        process.terminationHandler = { _ in ended.finish() }
        try process.run()
        self.pid = process.processIdentifier
        pipe.fileHandleForReading.readabilityHandler = { [self] handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                line.finish()
                return
            }
            self.text.withLock { text in
                // The text after the last newline is not a complete line yet.
                let start = text.lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex
                let offset = text.distance(from: text.startIndex, to: start)
                text += String(decoding: data, as: UTF8.self)
                for part in text.dropFirst(offset).split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                    line.yield(String(part))
                }
            }
        }
    }

    /// Waits for a line.
    ///
    /// - Throws: an error with the output, when the process ends without such a line.
    func line(where isMeant: (String) -> Bool) async throws -> String {
        for await line in self.lines where isMeant(line) { return line }
        throw Failed(description: "the program ended: \(self.output)")
    }

    /// Asks it to stop, and kills it if it does not.
    func stop() async {
        let pid = self.pid
        kill(pid, SIGTERM)
        let killer = Task {
            try await Task.sleep(for: .seconds(20))
            kill(pid, SIGKILL)
        }
        for await _ in self.exit {}
        killer.cancel()
    }
}
