import Synchronization

/// Something that has happened, or not yet.
package final class AtomicFlag: Sendable {
    private let value = Atomic(false)

    package init() {}

    package var isSet: Bool { self.value.load(ordering: .acquiring) }
    package func set() { self.value.store(true, ordering: .releasing) }

    /// Does something unless it was done before.
    package func perform(_ action: () -> Void) {
        if !self.value.exchange(true, ordering: .acquiringAndReleasing) { action() }
    }
}
