import Goridge
import Logging
import Synchronization

/// Manages the kernel of a process in all runtimes: builds instances, leases them to requests, resets, reboots and shuts them down.
///
/// Any number of worker loops or connections share one manager. A decision is made and recorded under the same lock, so nothing is
/// decided twice. Instances are built and shut down by detached tasks, which inherit nothing from a request.
package final class KernelManager<Served: Sendable>: Sendable {
    package typealias Instance = KernelInstance<Served>
    typealias Machine = KernelStateMachine<Instance>
    typealias Waiter = CheckedContinuation<Instance, any Error>

    struct State {
        var machine: Machine
        var reboots: RebootState
        /// The state of the recycle limits; nil when the process has none.
        var recycling: RecycleState?
        var waiters: [Waiter] = []
        /// The boot in progress.
        var boot: KernelBoot?
        var shutdowns: [ObjectIdentifier: Task<Void, Never>] = [:]
        var leftToShutDown: [Instance] = []
        var handledCount = 0
        /// The end of the pause after a failed reboot, by the monotonic clock.
        var pausedUntil: UInt64?
        var rebootTimer: Task<Void, Never>?
        var drainStart: ContinuousClock.Instant?
        var rebootReason = ""
        var isWatchingOverdueReset = false
        /// Whether the process was asked to stop, so that nothing is rebooted any more.
        var isShuttingDown = false
    }

    let mode: WorkerMode?
    let launch: LaunchContext
    let limits: KernelLimits
    private let sharing: KernelSharing?
    // The kernel's type is erased here: a generic class would pay for it at every access.
    let build:
        @Sendable (KernelBoot, _ isReboot: Bool, _ serviceFailed: @escaping @Sendable (any Error) -> Void) async throws ->
            Instance
    let state: Mutex<State>
    /// Whether another worker should take over: the kernel could not be rebuilt or reset, a service is gone, or the process has
    /// reached a limit.
    private let wantsReplacement = Atomic(false)

    /// - Parameters:
    ///   - mode: the mode that is served; nil for all. Only a worker of one mode can be replaced, by RoadRunner.
    ///   - sharing: the shared state of worker loops with one kernel; nil when a single loop has it, and in the standalone runtime.
    ///   - construct: the kernel's initializer.
    ///   - prepare: returns the part of the kernel that serves requests.
    package init<Application: Kernel>(
        mode: WorkerMode?, launch: LaunchContext, sharing: KernelSharing? = nil,
        construct: @escaping @Sendable (BootContext) async throws -> Application,
        prepare: @escaping @Sendable (Application, LaunchContext) async throws -> Served
    ) {
        self.mode = mode
        self.launch = launch
        self.limits = launch.options.kernelLimits
        self.sharing = sharing
        self.build = { boot, isReboot, serviceFailed in
            try await Instance.build(
                boot, launch, mode: mode, isReboot: isReboot, construct: construct, prepare: prepare, serviceFailed: serviceFailed
            )
        }
        var random = SystemRandomNumberGenerator()
        let recycling = RecycleState(
            launch.options.recycleLimits, now: SystemCall.monotonicNanoseconds(), using: &random)
        self.state = Mutex(
            State(
                machine: Machine(overlapsOnReboot: Application.overlapsOnReboot),
                reboots: RebootState(launch.options.rebootPolicy(isShared: mode == nil || sharing != nil), using: &random),
                recycling: mode != nil && recycling.hasLimits ? recycling : nil))
    }

    package var needsReplacement: Bool { self.wantsReplacement.load(ordering: .acquiring) }

    /// Requests a replacement for this worker, if it can be replaced.
    package func requestReplacement() {
        guard self.mode != nil, !self.wantsReplacement.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.sharing?.replacementRequested()
    }

    // MARK: Leases

    /// Leases the serving instance, if that is possible at once.
    package func acquire() -> Instance? { self.state.withLock { $0.machine.acquire() } }

    /// Leases the serving instance. The first request builds it, and so does the next one after a failed boot.
    ///
    /// - Parameter isLazy: whether a request waits for the boot, which is then logged.
    /// - Throws: the error of a failed boot, or ``KernelStopped``.
    package func acquireWhenReady(isLazy: Bool = true) async throws -> Instance {
        try await withCheckedThrowingContinuation { (waiter: Waiter) in
            let result = self.state.withLock { state -> Result<Instance, any Error>? in
                switch state.machine.acquireOrWait() {
                case .lease(let instance): return .success(instance)
                case .stopped: return .failure(KernelStopped())
                case .wait: break
                case .boot: self.beginFirstBoot(isLazy: isLazy, &state)
                }
                state.waiters.append(waiter)
                return nil
            }
            if let result { waiter.resume(with: result) }
        }
    }

    /// Ends a lease.
    ///
    /// - Returns: a reset, which must be performed or skipped: no lease is granted before.
    package func release(_ instance: Instance, _ outcome: Outcome) -> KernelReset<Served>? {
        if outcome.isPlain, !instance.hasResettables, !instance.registry.wantsReboot, self.releasePlainly(instance) { return nil }
        return self.apply { state in
            state.handledCount &+= 1
            if state.recycling != nil { self.checkLimits(&state) }
            let (reason, isDemanded) = self.rebootReason(instance, outcome, &state)
            let effects = state.machine.release(
                instance, reason: reason, isDemanded: isDemanded, hasResettables: instance.hasResettables)
            if state.machine.owesReset, !state.isWatchingOverdueReset { self.watchOverdueReset(&state) }
            return effects
        }
    }

    /// Ends a lease without consequences, as nearly all leases end.
    private func releasePlainly(_ instance: Instance) -> Bool {
        self.state.withLock { state in
            guard
                state.recycling == nil, !self.needsReplacement, !state.machine.owesReset, state.reboots.ignoresSuccess,
                state.machine.releasePlainly(instance)
            else { return false }
            state.reboots.countPlain()
            state.handledCount &+= 1
            return true
        }
    }

    /// Runs `body` with the serving instance.
    ///
    /// - Throws: the error of a failed boot, ``KernelStopped``, or the error of `body`.
    package func serve(_ body: (Served) async throws -> Outcome) async throws {
        let instance: Instance
        if let ready = self.acquire() { instance = ready } else { instance = try await self.acquireWhenReady() }
        var outcome = Outcome()
        defer {
            // Off the request's task: its connection may be gone before everything was reset.
            if let reset = self.release(instance, outcome) { Task.detached { await reset.perform(isLimited: true) } }
        }
        outcome = try await body(instance.served)
    }

    /// Builds the first instance, unless there is one.
    ///
    /// - Throws: the error of a failed boot, or ``KernelStopped``.
    package func boot() async throws {
        let instance = try await self.acquireWhenReady(isLazy: false)
        self.returnUnused(instance)
    }

    /// Ends a lease that was not used.
    package func returnUnused(_ instance: Instance) { _ = self.apply { $0.machine.returnUnused(instance) } }

    private func checkLimits(_ state: inout State) {
        guard
            !self.needsReplacement,
            let reason = state.recycling?.reason(now: SystemCall.monotonicNanoseconds(), memory: { ProcessMemory.resident() })
        else { return }
        self.launch.logger.notice("requesting a replacement for this worker: \(reason)")
        self.requestReplacement()
    }

    private func rebootReason(
        _ instance: Instance, _ outcome: Outcome, _ state: inout State
    ) -> (String?, isDemanded: Bool) {
        let isCurrent = state.machine.current === instance
        let policy = isCurrent && !self.needsReplacement ? state.reboots.handled(outcome.error) : nil
        if state.reboots.deferredUntil != nil { self.armRebootTimer(&state) }
        let demanded = outcome.rebootReason ?? (isCurrent ? instance.registry.takeRebootReason() : nil)
        guard !state.isShuttingDown, let reason = demanded ?? policy else { return (nil, false) }
        if let pausedUntil = state.pausedUntil {
            guard SystemCall.monotonicNanoseconds() >= pausedUntil else {
                if demanded != nil { state.machine.postpone(reason) }
                self.armRebootTimer(&state)
                return (nil, false)
            }
            state.pausedUntil = nil
        }
        return (reason, demanded != nil)
    }

    // MARK: Effects

    /// Changes the state, and performs the effects of the change. Their beginning is recorded before the lock is released.
    ///
    /// - Returns: a reset that must be performed or skipped.
    func apply(
        failure: (any Error)? = nil, _ change: (inout State) -> Machine.Effects
    ) -> KernelReset<Served>? {
        let (reset, woken) = self.state.withLock { state in
            let effects = change(&state)
            if let reboot = effects.reboot { self.begin(reboot, &state) }
            if let old = effects.replace { self.beginReplacement(of: old, &state) }
            if let old = effects.shutdown { self.beginShutdown(of: old, &state) }
            return (effects.reset, effects.wakesWaiters ? self.woken(failure, &state) : [])
        }
        for (waiter, result) in woken { waiter.resume(with: result) }
        return reset.map { KernelReset(manager: self, instance: $0.instance, id: $0.id) }
    }

    private func woken(_ failure: (any Error)?, _ state: inout State) -> [(Waiter, Result<Instance, any Error>)] {
        let waiters = state.waiters
        state.waiters = []
        return waiters.compactMap { waiter in
            if let failure { return (waiter, .failure(failure)) }
            if let instance = state.machine.acquire() { return (waiter, .success(instance)) }
            if state.machine.isStopped { return (waiter, .failure(KernelStopped())) }
            state.waiters.append(waiter)
            return nil
        }
    }

    private func beginFirstBoot(isLazy: Bool, _ state: inout State) {
        self.beginAttempt(&state) { boot in
            do {
                let start = ContinuousClock.now
                let instance = try await self.build(boot, false) { self.serviceFailed($0, of: boot) }
                self.launch.events.metrics?.booted(isReboot: false)
                let duration = ContinuousClock.now - start
                if isLazy { self.launch.logger.info("booted with the first request", metadata: ["rr.boot": "\(duration)"]) }
                await instance.events.emit(KernelBooted(mode: self.mode, isReboot: false, duration: duration))
                self.takeOver(instance)
            } catch {
                if !boot.isCancelled { await self.launch.events.exceptionThrown(error, phase: .boot, request: nil) }
                _ = self.apply(failure: error) { state in
                    state.boot = nil
                    return state.machine.bootFailed()
                }
            }
        }
    }

    func beginAttempt(_ state: inout State, _ attempt: @escaping @Sendable (KernelBoot) async -> Void) {
        let boot = KernelBoot()
        state.boot = boot
        boot.begin { await attempt(boot) }
    }

    func takeOver(_ instance: Instance) {
        _ = self.apply { state in
            state.boot = nil
            state.pausedUntil = nil
            state.reboots = state.reboots.renewed()
            return state.machine.booted(instance)
        }
        // A service may have ended before the instance served.
        if let error = instance.boot.failure { self.serviceFailed(error, of: instance.boot) }
    }

    func serviceFailed(_ error: any Error, of boot: KernelBoot) {
        boot.serviceFailed(error)
        let (isCurrent, isStopped) = self.state.withLock { state in
            (state.machine.current?.boot === boot, state.machine.isStopped)
        }
        guard isCurrent, boot.takesNotice() else {
            // The service belongs to a kernel that is replaced, discarded or shut down; the serving one is not affected.
            self.launch.logger.log(level: isStopped ? .warning : .debug, "a service failed while shutting down: \(error)")
            return
        }
        // The worker keeps serving, but another one should take over, since a part of the application is gone.
        self.launch.logger.critical("a service of the kernel ended unexpectedly: \(error)")
        self.requestReplacement()
    }
}
