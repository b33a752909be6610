import Goridge
import Logging
import Synchronization

/// The process is about to end, so that no kernel serves any more.
package struct KernelStopped: Error, CustomStringConvertible {
    package var description: String { "the process ends" }
}

/// The kernel of a process, whatever runs it: builds instances, leases them to requests, resets, reboots and shuts them down.
///
/// Any number of worker loops or connections share one. What was decided under its lock is recorded there too, so that nothing is
/// decided twice. Instances are built and shut down by detached tasks: nothing of a request reaches them.
package final class KernelManager<Served: Sendable>: Sendable {
    package typealias Instance = KernelInstance<Served>
    typealias Machine = KernelStateMachine<Instance>
    typealias Waiter = CheckedContinuation<Instance, any Error>

    struct State {
        var machine: Machine
        var reboots: RebootState
        /// Nil where the process has no limits.
        var recycling: RecycleState?
        var waiters: [Waiter] = []
        /// The attempt under way.
        var boot: KernelBoot?
        var shutdowns: [ObjectIdentifier: Task<Void, Never>] = [:]
        var leftToShutDown: [Instance] = []
        var handledCount = 0
        /// After a reboot that has failed, by the monotonic clock.
        var pausedUntil: UInt64?
        var rebootTimer: Task<Void, Never>?
        var drainStart: ContinuousClock.Instant?
        var rebootReason = ""
        var isWatchingOverdueReset = false
        /// The process was told to end: nothing is rebooted any more.
        var isEnding = false
    }

    let mode: WorkerMode?
    let launch: LaunchContext
    let limits: KernelLimits
    private let sharing: KernelSharing?
    // The kernel's type is left behind here: a generic class pays for it at every access.
    let build:
        @Sendable (KernelBoot, _ isReboot: Bool, _ serviceFailed: @escaping @Sendable (any Error) -> Void) async throws ->
            Instance
    let state: Mutex<State>
    /// Another worker should take over: the kernel could not be rebuilt or reset, a service is gone, or the process has reached a limit.
    private let wantsReplacement = Atomic(false)

    /// - Parameters:
    ///   - mode: what is served; nil for everything. Only a worker of one mode has somebody who can replace it.
    ///   - sharing: how many worker loops share the kernel; nil where one has it for itself, and alone.
    ///   - construct: the kernel's initializer.
    ///   - prepare: takes from the kernel what serves requests.
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

    /// Asks for another worker in the place of this one, where there is somebody to ask.
    package func requestReplacement() {
        guard self.mode != nil, !self.wantsReplacement.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.sharing?.replacementRequested()
    }

    // MARK: Leases

    /// Leases the instance that serves, where that is possible at once.
    package func acquire() -> Instance? { self.state.withLock { $0.machine.acquire() } }

    /// Leases the instance that serves. The first one is built by the first request, and again after a boot that has failed.
    ///
    /// - Parameter isLazy: whether a request waits for the boot, which the log should say then.
    /// - Throws: why the boot has failed that was waited for, or ``KernelStopped``.
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
    /// - Returns: a reset, which has to be performed or skipped: nobody gets a lease before.
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

    /// Ends a lease from which nothing follows: nearly all do.
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

    /// Runs `body` with the instance that serves.
    ///
    /// - Throws: why the boot has failed that was waited for, ``KernelStopped``, or what `body` throws.
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
    /// - Throws: why that has failed, or ``KernelStopped``.
    package func boot() async throws {
        let instance = try await self.acquireWhenReady(isLazy: false)
        self.returnUnused(instance)
    }

    /// Ends a lease that does not count.
    package func returnUnused(_ instance: Instance) { _ = self.apply { $0.machine.returnUnused(instance) } }

    private func checkLimits(_ state: inout State) {
        guard
            !self.needsReplacement,
            let reason = state.recycling?.reason(now: SystemCall.monotonicNanoseconds(), memory: { ProcessMemory.resident() })
        else { return }
        self.launch.logger.notice("another worker will take over: \(reason)")
        self.requestReplacement()
    }

    private func rebootReason(
        _ instance: Instance, _ outcome: Outcome, _ state: inout State
    ) -> (String?, isDemanded: Bool) {
        let isCurrent = state.machine.current === instance
        let policy = isCurrent && !self.needsReplacement ? state.reboots.handled(outcome.error) : nil
        if state.reboots.deferredUntil != nil { self.armRebootTimer(&state) }
        let demanded = outcome.rebootReason ?? (isCurrent ? instance.registry.takeRebootReason() : nil)
        guard !state.isEnding, let reason = demanded ?? policy else { return (nil, false) }
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

    /// Changes the state, and does what follows from it. What is begun is recorded before the lock is released.
    ///
    /// - Returns: a reset that follows.
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
        // It may have ended before the instance served.
        if let error = instance.boot.failure { self.serviceFailed(error, of: instance.boot) }
    }

    func serviceFailed(_ error: any Error, of boot: KernelBoot) {
        boot.serviceFailed(error)
        let (isCurrent, isStopped) = self.state.withLock { state in
            (state.machine.current?.boot === boot, state.machine.isStopped)
        }
        guard isCurrent, boot.takesNotice() else {
            // Of a kernel that is replaced, discarded or shut down: the one that serves has nothing to do with it.
            self.launch.logger.log(level: isStopped ? .warning : .debug, "a service that was shut down has failed: \(error)")
            return
        }
        // The worker serves on, but another one should take over: a part of the application is gone.
        self.launch.logger.critical("a service of the kernel has ended: \(error)")
        self.requestReplacement()
    }
}
