import Synchronization
import UnixSignals

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Traps SIGTERM and SIGINT, which no longer end the process by themselves once an instance exists.
///
/// A runtime creates it first, so that the signals are trapped before the handshake is answered or the address announced.
package final class TerminationSignals: Sendable {
    private struct State {
        var hasReceived = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// - Parameter deadline: the time that the process may continue without an action once it was asked to stop, since a boot may
    ///   hang.
    package init(deadline: Duration) async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        if EarlySignals.take() { self.received(deadline) }
        // The sequence never ends by itself, and the process ends with the runtime.
        Task.detached {
            for await _ in signals { self.received(deadline) }
        }
    }

    /// Runs `action` at each signal, and at once if one was received already.
    package func setAction(_ action: @escaping @Sendable () -> Void) {
        let hasReceived = self.state.withLock { state in
            state.action = action
            return state.hasReceived
        }
        if hasReceived { action() }
    }

    private func received(_ deadline: Duration) {
        let (action, isFirst) = self.state.withLock { state in
            defer { state.hasReceived = true }
            return (state.action, !state.hasReceived)
        }
        if let action { return action() }
        guard isFirst else { return }
        Task.detached {
            try? await Task.sleep(for: deadline)
            guard self.state.withLock({ $0.action == nil }) else { return }
            Launcher.report("the boot did not end within \(deadline) of the signal to stop; giving up")
            exit(1)
        }
    }
}
