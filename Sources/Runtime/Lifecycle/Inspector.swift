import Synchronization

/// The latest requests and events of this process, in debug.
package final class Inspector: Sendable {
    /// Older ones go.
    package static let capacity = 100

    package struct Entry: Sendable {
        package let number: Int
        package let mode: WorkerMode
        package let id: String
        package let name: String
        package let route: String?
        /// The status of an HTTP response, or what an event was answered with.
        package let result: String
        /// Whether nobody has answered an event.
        package let isUnanswered: Bool
        package let duration: Duration
        package let details: RequestDetails?
        package let trace: RequestTrace.Contents
    }

    private let entries = Mutex<(list: [Entry], count: Int)>(([], 0))

    package init() {}

    /// The latest first.
    package var all: [Entry] { self.entries.withLock { $0.list.reversed() } }

    package func record(
        _ trace: RequestTrace, _ request: RequestIdentity, route: String? = nil, result: String, isUnanswered: Bool = false,
        details: RequestDetails? = nil
    ) {
        let duration = ContinuousClock.now - trace.start
        let contents = trace.contents
        self.entries.withLock { entries in
            entries.count += 1
            if entries.list.count >= Self.capacity { entries.list.removeFirst() }
            entries.list.append(
                Entry(
                    number: entries.count, mode: request.mode, id: request.id, name: request.name, route: route, result: result,
                    isUnanswered: isUnanswered, duration: duration, details: details, trace: contents))
        }
    }
}

extension LaunchContext {
    /// Nil unless it is wanted: in debug.
    package var inspector: Inspector? {
        guard self.options.isDebug else { return nil }
        return self.process.shared("inspector") { Inspector() }
    }

    /// Runs the exchanges of what a plug-in mounts.
    public func pipeline(for mode: WorkerMode) -> ExchangePipeline {
        ExchangePipeline(
            mode: mode, options: self.options, events: self.events, inspector: self.inspector, logger: self.logger)
    }
}
