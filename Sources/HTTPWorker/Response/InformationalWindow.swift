import Synchronization

/// Whether informational responses can still be sent: until the final response is.
final class InformationalWindow: Sendable {
    private let isClosed = Atomic(false)

    var isOpen: Bool { !self.isClosed.load(ordering: .acquiring) }
    func close() { self.isClosed.store(true, ordering: .releasing) }
}
