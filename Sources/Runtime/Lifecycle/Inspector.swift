import DequeModule
import Goridge
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The latest requests and events of this process, in debug.
package final class Inspector: Sendable {
    /// The number of entries that are kept.
    package static let capacity = 100

    package struct Entry: Sendable {
        package let number: Int
        /// The time at which the exchange ended, in milliseconds since 1970.
        package let time: Int
        package let mode: WorkerMode
        package let id: String
        package let name: String
        package let route: String?
        package let status: Int?
        /// The result of an exchange without a status, in a few words.
        package let summary: String?
        package let isComplete: Bool
        /// Whether no handler answered the event.
        package let isUnanswered: Bool
        package let failures: [Failure]
        package let duration: Duration
        package let details: RequestDetails?
        package let trace: RequestTrace.Contents
    }

    /// An error without its object, which might keep the request alive.
    package struct Failure: Sendable {
        package let text: String
        package let fault: Fault

        private static let maximumText = 8000

        init(_ error: any Error, _ fault: Fault) {
            self.text = String(error.typedDescription.unicodeScalars.prefix(Self.maximumText))
            self.fault = fault
        }
    }

    /// Whether other processes serve the same pool; their entries are not here.
    package let isOneOfMany: Bool
    private let state = Mutex(State())

    private struct State {
        var entries: Deque<Entry> = []
        var count = 0
        var publisher: (any InspectorPublisher)?
    }

    package init(isOneOfMany: Bool = false) { self.isOneOfMany = isOneOfMany }

    /// All entries, the latest first.
    package var all: [Entry] { self.state.withLock { $0.entries.reversed() } }

    /// Passes recorded entries to other processes.
    package var publisher: (any InspectorPublisher)? {
        get { self.state.withLock { $0.publisher } }
        set { self.state.withLock { $0.publisher = newValue } }
    }

    package func record(
        _ trace: RequestTrace, _ request: RequestIdentity, route: String? = nil, _ outcome: Outcome,
        details: RequestDetails? = nil
    ) {
        let duration = ContinuousClock.now - trace.start
        let contents = trace.contents
        var failures = outcome.failures.map { Failure($0.error, $0.fault) }
        if let error = outcome.nestedError { failures.append(Failure(error, .application)) }
        let time = Int(Date().timeIntervalSince1970 * 1000)
        let publisher = self.state.withLock { state in
            state.count += 1
            if state.entries.count >= Self.capacity { state.entries.removeFirst() }
            state.entries.append(
                Entry(
                    number: state.count, time: time, mode: request.mode, id: request.id, name: request.name, route: route,
                    status: outcome.status, summary: outcome.summary, isComplete: outcome.isComplete,
                    isUnanswered: outcome.isUnanswered, failures: failures, duration: duration, details: details,
                    trace: contents))
            return state.publisher
        }
        publisher?.inspectorHasRecorded()
    }
}

extension ProcessContext {
    /// The process's inspector, which exists in debug, if there is a page for it; otherwise nil.
    package var inspector: Inspector? {
        guard self.options.isDebug, self.options.hasInspector else { return nil }
        return self.shared.value {
            Inspector(isOneOfMany: self.isPoolWorker && self.options.runtime != .shared)
        }
    }
}

extension LaunchContext {
    /// Creates the pipeline for the exchanges of a plugin's endpoint.
    public func pipeline(for mode: WorkerMode) -> ExchangePipeline {
        ExchangePipeline(
            mode: mode, options: self.options, events: self.events, inspector: self.process.inspector, logger: self.logger)
    }
}
