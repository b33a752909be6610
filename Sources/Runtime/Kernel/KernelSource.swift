package import Goridge
import Logging
import Synchronization

/// Builds the kernel of a worker, and builds it anew when its policy says so.
package final class KernelSource: HandlerSource {
    private struct State {
        var handler: (any PayloadHandler)?
        var kernel: RunningKernel?
        /// Another worker should take over: the kernel could not be built, or a part of it is gone.
        var hasFailed = false
        var reboots: RebootCounter
        var recycling: RecycleState
        var rebooting: Task<Void, Never>?
        var handledCount = 0
        var hasResettables = false
    }

    private let worker: any WorkerPlugin.Type
    private let launch: LaunchContext
    // The kernel's type is left behind here: a generic class pays for it at every access.
    private let build:
        @Sendable (_ isReboot: Bool, _ serviceFailed: @escaping @Sendable (any Error) -> Void) async throws -> (
            RunningKernel, any PayloadHandler
        )
    private let loop: RelayLoop
    private let state: Mutex<State>

    package init<Application: Kernel>(
        worker: any WorkerPlugin.Type, launch: LaunchContext, loop: RelayLoop,
        boot: @escaping @Sendable (BootContext) async throws -> Application
    ) {
        let mode = worker.mode
        self.build = { isReboot, serviceFailed in
            try await RunningKernel.boot(launch, mode: mode, isReboot: isReboot, construct: boot) { kernel in
                guard let worker = kernel.workers.all.first(where: { type(of: $0).mode == mode }) as? any WorkerPlugin else {
                    throw LaunchError(.unservedMode, "\(Application.self) has no worker for the mode \"\(mode)\"")
                }
                return try await worker.makeHandler(launch, loop)
            } serviceFailed: {
                serviceFailed($0)
            }
        }
        self.worker = worker
        self.launch = launch
        self.loop = loop
        var random = SystemRandomNumberGenerator()
        self.state = Mutex(
            State(
                reboots: RebootCounter(launch.options.rebootPolicy),
                recycling: RecycleState(
                    launch.options.recycleLimits, now: SystemCall.monotonicNanoseconds(), using: &random)))
    }

    package var readyHandler: (any PayloadHandler)? { self.state.withLock { $0.handler } }
    package var hasFailed: Bool { self.state.withLock { $0.hasFailed } }

    // MARK: Booting

    /// Builds the kernel before the handshake.
    ///
    /// - Throws: the boot failure, which is the caller's to report. A handler that says so is ready.
    package func bootEagerly() async throws {
        do {
            _ = try await self.start(isReboot: false)
        } catch {
            await self.fail(error)
            throw error
        }
    }

    package func boot() async -> any PayloadHandler {
        if let rebooting = self.state.withLock({ $0.rebooting }) {
            await rebooting.value
            if let handler = self.readyHandler { return handler }
        }
        let start = ContinuousClock.now
        do {
            let handler = try await self.start(isReboot: false)
            self.launch.logger.info("booted with the first request", metadata: ["rr.boot": "\(ContinuousClock.now - start)"])
            return handler
        } catch {
            Launcher.report("\(LaunchError.bootFailure(error, mode: self.worker.mode))")
            return await self.fail(error)
        }
    }

    @discardableResult
    private func fail(_ error: any Error) async -> any PayloadHandler {
        let handler = self.worker.makeFailureHandler(error, self.launch, self.loop)
        self.state.withLock {
            $0.handler = handler
            $0.hasFailed = true
        }
        await self.launch.events.exceptionThrown(error, phase: .boot, request: nil)
        return handler
    }

    private func start(isReboot: Bool) async throws -> any PayloadHandler {
        let (kernel, handler) = try await self.build(isReboot) { [weak self] error in
            // The worker serves on, but another one should take over: a part of the application is gone.
            self?.launch.logger.critical("a service of the kernel has ended: \(error)")
            self?.state.withLock { $0.hasFailed = true }
        }
        self.state.withLock {
            $0.kernel = kernel
            $0.handler = handler
            $0.reboots = $0.reboots.renewed()
            $0.hasResettables = kernel.hasResettables
        }
        return handler
    }

    // MARK: After an answer

    package func transferred(_ traffic: WireTraffic) { self.launch.events.metrics?.transferred(traffic) }

    package func workAfter(_ outcome: Outcome) -> (@Sendable () async -> Void)? {
        let (kernel, reason, recycling, resets) = self.state.withLock { state in
            state.handledCount += 1
            let kernel = state.kernel
            let reason = state.hasFailed ? nil : kernel.flatMap { state.reboots.handled(outcome, $0.registry) }
            let recycling =
                state.recycling.hasLimits
                ? state.recycling.reason(now: SystemCall.monotonicNanoseconds()) { ProcessMemory.resident() } : nil
            return (kernel, reason, recycling, state.hasResettables)
        }
        if let recycling, !self.hasFailed {
            self.launch.logger.notice("another worker shall take over: \(recycling)")
            self.state.withLock { $0.hasFailed = true }
        }
        guard let kernel, resets || reason != nil else { return nil }
        return {
            // What will be replaced need not be put back.
            if let reason { return await self.reboot(kernel, reason) }
            for error in await kernel.registry.reset(self.launch.logger) {
                self.state.withLock { $0.hasFailed = true }
                await self.launch.events.exceptionThrown(error, phase: .afterResponse, request: nil)
            }
        }
    }

    private func reboot(_ old: RunningKernel, _ reason: String) async {
        let task = self.state.withLock { state in
            // The task begins with the lock still held, so that what it puts in place comes after this.
            let task = Task { await self.replace(old, reason) }
            state.handler = nil
            state.kernel = nil
            state.rebooting = task
            return task
        }
        await task.value
    }

    private func replace(_ old: RunningKernel, _ reason: String) async {
        self.launch.logger.notice("the kernel is rebooted: \(reason)")
        await old.shutdown()
        do {
            _ = try await self.start(isReboot: true)
            await self.launch.events.emit(KernelRebooted(reason: reason))
        } catch {
            Launcher.report("\(LaunchError.bootFailure(error, mode: self.worker.mode))")
            await self.fail(error)
        }
        self.state.withLock { $0.rebooting = nil }
    }

    package func shutdown() async {
        let (kernel, count) = self.state.withLock { ($0.kernel, $0.handledCount) }
        await self.launch.events.emit(WorkerStopping(mode: self.worker.mode, handledCount: count))
        await kernel?.shutdown()
        await self.launch.events.flushReports()
        await self.launch.process.close()
    }
}
