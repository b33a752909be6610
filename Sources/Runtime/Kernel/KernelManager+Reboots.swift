import Goridge
import Logging
import Synchronization

/// A service of a new kernel ended immediately.
private struct KernelDiscarded: Error, CustomStringConvertible {
    let underlying: (any Error)?
    var description: String {
        "a service of the new kernel ended immediately\(self.underlying.map { ": \($0)" } ?? ""); the old kernel keeps serving"
    }
}

extension KernelManager {
    func begin(_ reboot: Machine.Reboot, _ state: inout State) {
        switch reboot {
        case .overlapping(let reason):
            self.beginAttempt(&state) { boot in
                self.launch.logger.notice("rebooting the kernel: \(reason)")
                await self.rebuild(boot, reason, probation: self.limits.probation)
            }
        case .draining(let old, let reason):
            state.rebootReason = reason
            state.drainStart = .now
            Task.detached {
                let (notice, limit) = (self.limits.notice, self.limits.serviceShutdown / 2)
                if notice < limit, await notice.hasPassed(), self.state.withLock({ $0.machine.isDraining(old) }) {
                    self.launch.logger.notice("the reboot waits for requests in flight, since the kernel cannot run twice")
                }
                _ = await (limit - min(notice, limit)).hasPassed()
                _ = self.apply { $0.machine.drainLimitPassed(old) }
            }
        }
    }

    func beginReplacement(of old: Instance, _ state: inout State) {
        let reason = state.rebootReason
        let limit = self.limits.serviceShutdown - (state.drainStart.map { ContinuousClock.now - $0 } ?? .zero)
        self.beginAttempt(&state) { boot in
            self.launch.logger.notice("rebooting the kernel: \(reason)")
            _ = await old.shutdown(within: max(limit, self.limits.serviceShutdown / 4), self.limits)
            // No kernel is left that could keep serving.
            await self.rebuild(boot, reason, probation: .zero)
        }
    }

    private func rebuild(_ boot: KernelBoot, _ reason: String, probation: Duration) async {
        do {
            let start = ContinuousClock.now
            let instance = try await self.build(boot, true) { self.serviceFailed($0, of: boot) }
            let duration = ContinuousClock.now - start
            guard await instance.survives(probation) else {
                _ = await instance.shutdown(within: self.limits.serviceShutdown, self.limits)
                throw KernelDiscarded(underlying: boot.failure)
            }
            self.launch.events.metrics?.booted(isReboot: true)
            self.takeOver(instance)
            guard !boot.isCancelled else { return }
            await instance.events.emit(KernelBooted(mode: self.mode, isReboot: true, duration: duration))
            await instance.events.emit(KernelRebooted(reason: reason))
        } catch {
            await self.rebootFailed(error, boot)
        }
    }

    private func rebootFailed(_ error: any Error, _ boot: KernelBoot) async {
        if !boot.isCancelled {
            if error is KernelDiscarded {
                self.launch.logger.error("\(error)")
            } else {
                Launcher.report("\(LaunchError.bootFailure(error, mode: self.mode))")
                self.requestReplacement()
            }
            await self.launch.events.exceptionThrown(error, phase: .boot, request: nil)
        }
        let pause = self.limits.failedRebootPause.clampedNanoseconds
        _ = self.apply(failure: error) { state in
            state.boot = nil
            state.pausedUntil = SystemCall.monotonicNanoseconds().addingReportingOverflow(pause).partialValue
            if state.machine.hasPendingReboot { self.armRebootTimer(&state) }
            return state.machine.bootFailed()
        }
    }

    /// Deferred reboots happen without a further request.
    func armRebootTimer(_ state: inout State) {
        guard state.rebootTimer == nil, !state.machine.isStopped else { return }
        guard let due = [state.reboots.deferredUntil, state.pausedUntil].compactMap({ $0 }).max() else { return }
        let now = SystemCall.monotonicNanoseconds()
        let wait = Duration.nanoseconds(Int64(clamping: due > now ? due - now : 0))
        state.rebootTimer = Task.detached { [weak self] in
            guard await wait.hasPassed() else { return }
            self?.rebootIsDue()
        }
    }

    private func rebootIsDue() {
        _ = self.apply { state in
            state.rebootTimer = nil
            let now = SystemCall.monotonicNanoseconds()
            if let pausedUntil = state.pausedUntil {
                guard now >= pausedUntil else {
                    self.armRebootTimer(&state)
                    return Machine.Effects()
                }
                state.pausedUntil = nil
            }
            if state.machine.hasPendingReboot { return state.machine.resumePendingReboot() }
            if let reason = state.reboots.due(now: now) { return state.machine.requestReboot(reason, isDemanded: false) }
            if state.reboots.deferredUntil != nil { self.armRebootTimer(&state) }
            return Machine.Effects()
        }
    }

    func beginShutdown(of old: Instance, _ state: inout State) {
        state.shutdowns[ObjectIdentifier(old)] = Task.detached {
            _ = await old.shutdown(within: self.limits.serviceShutdown, self.limits)
            self.state.withLock { $0.shutdowns[ObjectIdentifier(old)] = nil }
        }
    }
}
