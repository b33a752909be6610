import Logging
import Synchronization

/// Sees one kind of ``LifecycleEvent``.
///
/// ```swift
/// static let observers = [Observer(WorkerStarted.self) { event in print("pid \(event.processID)") }]   // of the process
/// boot.observe(ResponseSent.self) { event in … }                                                       // of a kernel
/// ```
///
/// Those of higher priority come first, then those that were registered earlier. They are awaited: an observer of
/// ``RequestReceived`` delays the request. One that throws is logged, and harms nothing else.
public struct Observer: Sendable {
    let event: ObjectIdentifier
    let priority: Int
    let observe: @Sendable (any LifecycleEvent) async throws -> Void

    /// - Parameters:
    ///   - event: the kind of event.
    ///   - priority: higher ones come first.
    public init<Event: LifecycleEvent>(
        _ event: Event.Type, priority: Int = 0, _ observe: @escaping @Sendable (Event) async throws -> Void
    ) {
        self.event = ObjectIdentifier(Event.self)
        self.priority = priority
        self.observe = { event in
            if let event = event as? Event { try await observe(event) }
        }
    }
}

/// Hands events to observers: those of the process, and those of the kernel that serves.
package final class LifecycleEventDispatcher: Sendable {
    private typealias Table = [ObjectIdentifier: [Observer]]

    private let processObservers: [Observer]
    let reporters: [any ErrorReporter]
    let metrics: RuntimeMetrics?
    private let logger: Logger
    private let table: Mutex<Table>
    /// Nobody looks: the usual case, for which requests pay one load.
    private let isEmpty: Atomic<Bool>

    init(_ observers: [Observer], reporters: [any ErrorReporter], metrics: RuntimeMetrics?, logger: Logger) {
        self.metrics = metrics
        self.processObservers = observers
        self.reporters = reporters
        self.logger = logger
        self.table = Mutex(Self.table(observers))
        self.isEmpty = Atomic(observers.isEmpty)
    }

    /// The observers of a new kernel, in place of those of the last.
    package func useKernelObservers(_ observers: [Observer]) {
        let all = self.processObservers + observers
        self.table.withLock { $0 = Self.table(all) }
        self.isEmpty.store(all.isEmpty, ordering: .releasing)
    }

    private static func table(_ observers: [Observer]) -> Table {
        // Sorting keeps the order of equals only when it says so.
        let sorted = observers.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
        return Dictionary(grouping: sorted.map(\.element), by: \.event)
    }

    /// Whether anyone wants to know of requests.
    package var hasObservers: Bool { self.metrics != nil || !self.isEmpty.load(ordering: .acquiring) }

    /// - Parameter event: made only if someone looks.
    package func emit<Event: LifecycleEvent>(_ event: @autoclosure () -> Event) async {
        guard !self.isEmpty.load(ordering: .acquiring) else { return }
        let observers = self.table.withLock { $0[ObjectIdentifier(Event.self)] } ?? []
        guard !observers.isEmpty else { return }
        let event = event()
        for observer in observers {
            do {
                try await observer.observe(event)
            } catch {
                let current = Logger.current
                (current.label.isEmpty ? self.logger : current).error(
                    "an observer of \(Event.self) failed: \(String(reflecting: type(of: error))): \(error)")
            }
        }
    }
}
