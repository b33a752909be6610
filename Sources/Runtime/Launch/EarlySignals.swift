import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Remembers SIGTERM and SIGINT from the start of the process until a runtime traps them, so that a process that is asked to stop
/// while it reads its options still stops in order.
package enum EarlySignals {
    private static let numbers = [SIGTERM, SIGINT]
    private static let wasReceived = Atomic(false)

    /// Starts to remember the signals.
    package static func remember() {
        // A signal's handler must not be the first to touch it.
        self.wasReceived.store(false, ordering: .relaxed)
        for number in self.numbers { signal(number) { _ in EarlySignals.wasReceived.store(true, ordering: .relaxed) } }
    }

    /// Returns whether a signal was received, and forgets it.
    static func take() -> Bool { self.wasReceived.exchange(false, ordering: .relaxed) }

    /// Restores the default actions of the signals, for runtimes that trap none.
    static func giveBack() {
        for number in self.numbers { signal(number, SIG_DFL) }
        // Not `raise`: the threads of Swift's pool block the signal.
        if self.take() { kill(currentProcessID(), SIGTERM) }
    }
}
