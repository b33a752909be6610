/// An observer of one kind of ``LifecycleEvent``.
///
/// ```swift
/// // Of the process.
/// static let observers = [Observer(WorkerStarted.self) { event in print("pid \(event.processID)") }]
///
/// // Of a kernel.
/// init(_ boot: BootContext) async throws {
///     boot.observe(ResponseSent.self) { event in print("status \(event.status)") }
/// }
/// ```
///
/// Observers are awaited in order of priority, then of registration: one of ``RequestReceived`` delays the request. A thrown error
/// is logged and otherwise ignored.
public struct Observer: Sendable {
    let event: ObjectIdentifier
    let priority: Int
    let observe: @Sendable (any LifecycleEvent) async throws -> Void

    /// Creates an observer of one kind of event.
    ///
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
