import Synchronization

/// What a worker in this process does when it is asked to stop.
final class TerminationAction: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ action: @escaping @Sendable () -> Void) { self.action.withLock { $0 = action } }

    func run() { self.action.withLock { $0 }?() }
}
