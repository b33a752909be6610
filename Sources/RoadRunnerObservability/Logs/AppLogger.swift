import DequeModule
package import Goridge
import Logging
import RoadRunnerAPI
public import RoadRunnerRuntime
import SwiftProtobuf
import Synchronization

/// Sends log lines to RoadRunner's logger, in order and with their levels.
///
/// Source: RoadRunner's documentation, "App Logger": it has the levels debug, info, warning and error. Other levels are sent as
/// the nearest of these, with their name as an attribute.
public final class AppLogger: TelemetryExporter {
    /// The maximum number of queued lines. Further ones go to standard error.
    private static let capacity = 1024

    private struct Line: Sendable {
        let method: RPCMethod
        let entry: AppLogEntry
        /// The line to write when RoadRunner cannot be reached.
        let fallback: String
    }

    private struct State {
        var lines: Deque<Line> = []
        /// The line that is being sent.
        var current: Line?
        var client: RPCClient?
        var sender: Task<Void, Never>?
        var isDisabled = false

        var takesLines: Bool { self.client != nil && !self.isDisabled && self.lines.count < AppLogger.capacity }
    }

    private let format: LogFormat
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// Creates a logger. The process's runtime finds it by itself, since the system's handler may have wrapped it.
    ///
    /// - Parameter format: the format of lines that cannot be sent.
    public convenience init(format: LogFormat) { self.init(format: format) { SystemCall.writeAll(2, $0) } }

    init(format: LogFormat, write: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.write = write
        TelemetryExporters.register(self)
    }

    package func attach(_ process: ProcessContext) {
        guard process.hasRoadRunner, let client = try? process.client() else { return }
        self.attach(client)
    }

    package func attach(_ client: RPCClient) { self.state.withLock { $0.client = client } }

    /// - Returns: whether the line will be sent.
    func take(_ event: LogEvent, label: String, _ metadata: Logger.Metadata) -> Bool {
        // If the queue is full the caller writes the line itself, so it is not rendered here.
        guard self.state.withLock({ $0.takesLines }) else { return false }
        let method = Self.method(event.level)
        let entry = AppLogEntry.with { entry in
            // RoadRunner's console prints the message unescaped.
            entry.message = LogLine.oneLine("\(event.message)")
            var attributes: [(String, String)] = [("logger", label)]
            if Self.isRenamed(event.level) { attributes.append(("level", event.level.rawValue)) }
            if let error = event.error { attributes.append(("error", "\(error)")) }
            attributes += metadata.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
            entry.attributes = attributes.map { key, value in
                .with { ($0.key, $0.value) = (LogLine.oneLine(key), LogLine.attribute(value)) }
            }
        }
        let fallback = LogLine.render(event, label: label, metadata, as: self.format)
        return self.state.withLock { state in
            guard state.takesLines else { return false }
            state.lines.append(Line(method: method, entry: entry, fallback: fallback))
            // The task sends the lines of all requests, and is part of none.
            if state.sender == nil { state.sender = Task.detached { await self.send() } }
            return true
        }
    }

    /// Sends the queued lines, and returns when there are no more.
    private func send() async {
        while true {
            let (line, client) = self.state.withLock { state -> (Line?, RPCClient?) in
                guard !state.lines.isEmpty else {
                    state.sender = nil
                    return (nil, nil)
                }
                state.current = state.lines.removeFirst()
                return (state.current, state.client)
            }
            guard let line, let client else { return }
            var failure: (any Error)?
            do {
                let _: AppLogResponse = try await client.perform(line.method, proto: line.entry, isOwn: true)
            } catch {
                failure = error
            }
            let isMine = self.state.withLock { state in
                if let error = failure as? RPCError, error.code == .unknownMethod { state.isDisabled = true }
                defer { state.current = nil }
                return state.current != nil
            }
            if failure != nil, isMine { self.write(line.fallback) }
        }
    }

    package func flush(within deadline: Duration) async {
        await self.state.withLock { $0.sender }?.value(within: deadline)
        // The process waits no longer. Lines that RoadRunner has not confirmed are written here, in order, even if they appear
        // twice.
        let rest = self.state.withLock { state -> [Line] in
            guard state.sender != nil else { return [] }
            defer { (state.current, state.lines, state.isDisabled) = (nil, [], true) }
            return (state.current.map { [$0] } ?? []) + state.lines
        }
        for line in rest { self.write(line.fallback) }
    }

    private static func method(_ level: Logger.Level) -> RPCMethod {
        switch level {
        case .trace, .debug: RPCMethod(known: "app.DebugWithContext")
        case .info, .notice: RPCMethod(known: "app.InfoWithContext")
        case .warning: RPCMethod(known: "app.WarningWithContext")
        case .error, .critical: RPCMethod(known: "app.ErrorWithContext")
        }
    }

    private static func isRenamed(_ level: Logger.Level) -> Bool { level == .trace || level == .notice || level == .critical }
}
