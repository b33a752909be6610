import Logging
import Synchronization

extension KernelManager {
    var isResetting: Bool { self.state.withLock { $0.machine.isResetting } }

    func reset(_ instance: Instance, _ id: Machine.ResetID, isLimited: Bool) async {
        let logger = self.launch.logger
        var errors: [any Error]
        if isLimited {
            do {
                errors = try await withDeadline(self.limits.serviceShutdown) { await instance.registry.reset(logger) }
            } catch {
                logger.critical("a reset did not end within \(self.limits.serviceShutdown); abandoning it")
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

    /// Stops waiting for a reset. Another worker must replace this one, whose kernel was not reset.
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
                // Logged once: the application has no idle moments for resets.
                state.isWatchingOverdueReset = state.machine.owesReset
                return state.machine.owesReset
            }
            guard isOverdue else { return }
            self.launch.logger.warning(
                "no reset for \(limit): requests were always in flight, and a reset needs an idle moment")
        }
    }
}
