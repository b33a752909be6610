import Synchronization

/// Something that is done once in a process.
package final class AtomicFlag: Sendable {
    package init() {}

    private let isDone = Atomic(false)

    package func perform(_ action: () -> Void) {
        if !self.isDone.exchange(true, ordering: .relaxed) { action() }
    }
}
