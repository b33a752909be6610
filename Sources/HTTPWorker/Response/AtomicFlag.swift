import Synchronization

/// Something that is done once in a process.
final class AtomicFlag: Sendable {
    private let isDone = Atomic(false)

    func perform(_ action: () -> Void) {
        if !self.isDone.exchange(true, ordering: .relaxed) { action() }
    }
}
