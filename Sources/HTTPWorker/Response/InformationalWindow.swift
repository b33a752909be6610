import Synchronization

/// Whether informational responses can still be sent, which ends with the final response.
final class InformationalWindow: Sendable {
    private let isClosed = Atomic(false)

    var isOpen: Bool { !self.isClosed.load(ordering: .acquiring) }
    func close() { self.isClosed.store(true, ordering: .releasing) }
}
