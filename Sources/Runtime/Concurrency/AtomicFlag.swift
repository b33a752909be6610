import Synchronization

/// A flag that can be set from any thread.
package final class AtomicFlag: Sendable {
    private let value = Atomic(false)

    package init() {}

    package var isSet: Bool { self.value.load(ordering: .acquiring) }
    package func set() { self.value.store(true, ordering: .releasing) }

    /// Performs `action` and sets the flag, unless it is set already.
    package func perform(_ action: () -> Void) {
        if !self.value.exchange(true, ordering: .acquiringAndReleasing) { action() }
    }
}
