import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// SIGTERM and SIGINT from the process's beginning until a runtime traps them: they are remembered, so that a process that is told to end
/// while it reads its options still ends in order.
package enum EarlySignals {
    private static let numbers = [SIGTERM, SIGINT]
    private static let hasCome = Atomic(false)

    /// Remembers the signals from now on.
    package static func remember() {
        // A signal's handler must not be the first to touch it.
        self.hasCome.store(false, ordering: .relaxed)
        for number in self.numbers { signal(number) { _ in EarlySignals.hasCome.store(true, ordering: .relaxed) } }
    }

    /// Whether one has come. It is forgotten by that.
    static func take() -> Bool { self.hasCome.exchange(false, ordering: .relaxed) }

    /// Gives the signals back their meaning, for runtimes that trap none.
    static func giveBack() {
        for number in self.numbers { signal(number, SIG_DFL) }
        // Not `raise`: the threads of Swift's pool block the signal.
        if self.take() { kill(currentProcessID(), SIGTERM) }
    }
}
