import Goridge
import Logging

/// Dispatches events to the observers of the process and of one kernel.
package final class LifecycleEventDispatcher: Sendable {
    private let observers: [Observer]
    /// The observers by kind of event, in the order in which they are called.
    private let table: [ObjectIdentifier: [Observer]]
    let reporters: [any ErrorReporter]
    let metrics: RuntimeMetrics?
    private let logger: Logger

    init(_ observers: [Observer], reporters: [any ErrorReporter], metrics: RuntimeMetrics?, logger: Logger) {
        self.observers = observers
        self.metrics = metrics
        self.reporters = reporters
        self.logger = logger
        // Sorting is not guaranteed to be stable, so the position counts too.
        let sorted = observers.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
        self.table = Dictionary(grouping: sorted.map(\.element), by: \.event)
    }

    /// Returns a dispatcher with the observers of a kernel after those of the process.
    func adding(_ observers: [Observer]) -> LifecycleEventDispatcher {
        guard !observers.isEmpty else { return self }
        return LifecycleEventDispatcher(
            self.observers + observers, reporters: self.reporters, metrics: self.metrics, logger: self.logger)
    }

    /// Whether requests are observed.
    package var hasObservers: Bool { self.metrics != nil || !self.table.isEmpty }

    /// - Parameter event: created only if it is observed.
    package func emit<Event: LifecycleEvent>(_ event: @autoclosure () -> Event) async {
        guard let observers = self.table[ObjectIdentifier(Event.self)] else { return }
        let event = event()
        for observer in observers {
            do {
                try await observer.observe(event)
            } catch {
                Logger.current(or: self.logger).error("an observer of \(Event.self) failed: \(error.typedDescription)")
            }
        }
    }
}
