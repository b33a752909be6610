import Logging
import Synchronization

/// The reset that is due before an instance is leased again.
package struct KernelReset<Served: Sendable>: Sendable {
    let manager: KernelManager<Served>
    let instance: KernelInstance<Served>
    let id: UInt64

    /// Resets everything.
    ///
    /// - Parameter isLimited: whether it is left behind when it takes too long. Otherwise the caller sees to that.
    package func perform(isLimited: Bool) async { await self.manager.reset(self.instance, self.id, isLimited: isLimited) }

    /// The process ends: there is nobody to reset anything for.
    package func skip() { self.manager.resetSkipped(self.instance, self.id) }
}

extension KernelManager {
    var isResetting: Bool { self.state.withLock { $0.machine.isResetting } }

    func reset(_ instance: Instance, _ id: Machine.ResetID, isLimited: Bool) async {
        let logger = self.launch.logger
        var errors: [any Error]
        if isLimited {
            do {
                errors = try await withDeadline(self.limits.serviceShutdown) { await instance.registry.reset(logger) }
            } catch {
                logger.critical("a reset did not end within \(self.limits.serviceShutdown), and is left behind")
                errors = [error]
            }
        } else {
            errors = await instance.registry.reset(logger)
        }
        if !errors.isEmpty { self.requestReplacement() }
        for error in errors { await instance.events.exceptionThrown(error, phase: .afterResponse, request: nil) }
        _ = self.apply { state in
            if !errors.isEmpty, self.mode == nil { state.machine.postpone("something could not be reset") }
            return state.machine.resetEnded(instance, id)
        }
    }

    func resetSkipped(_ instance: Instance, _ id: Machine.ResetID) {
        _ = self.apply { $0.machine.resetEnded(instance, id) }
    }

    /// The handler that resets is not waited for any more. What could not be reset is replaced.
    package func giveUpReset() {
        _ = self.apply { state in
            guard let effects = state.machine.giveUpReset() else { return Machine.Effects() }
            self.requestReplacement()
            return effects
        }
    }

    func watchOverdueReset(_ state: inout State) {
        state.isWatchingOverdueReset = true
        let limit = self.limits.overdueReset
        Task.detached { [weak self] in
            guard await limit.hasPassed(), let self else { return }
            let isOverdue = self.state.withLock { state in
                // Once is enough: the application is used more than it can be reset.
                state.isWatchingOverdueReset = state.machine.owesReset
                return state.machine.owesReset
            }
            guard isOverdue else { return }
            self.launch.logger.warning(
                "nothing could be reset for \(limit): there was always a request in hand. Resets need moments without one")
        }
    }
}
