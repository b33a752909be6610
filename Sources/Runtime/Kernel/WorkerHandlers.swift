package import Goridge
import Synchronization

/// The source of handlers for the worker loops on one event loop: the kernel that they share with others, or its failure.
package final class WorkerHandlers: Sendable {
    package typealias Manager = KernelManager<[LoopHandler]>

    private let manager: Manager
    /// The index of an instance's handler for this event loop.
    private let index: Int
    private let worker: any WorkerPlugin.Type
    private let loop: PollEventLoop
    private let launch: LaunchContext
    private let sharing: KernelSharing?
    /// Responds in place of a kernel that could not be built.
    private let failureHandler = Mutex<(any PayloadHandler)?>(nil)

    /// Creates the sources of a process.
    ///
    /// - Parameters:
    ///   - loops: the event loops; an instance has a handler for each of them, since handlers are confined to theirs.
    ///   - sharing: the shared state of worker loops with one kernel; nil when a single loop has it.
    package static func sources<Application: Kernel>(
        for worker: any WorkerPlugin.Type, _ launch: LaunchContext, loops: [PollEventLoop], sharing: KernelSharing? = nil,
        construct: @escaping @Sendable (BootContext) async throws -> Application
    ) -> (Manager, [WorkerHandlers]) {
        let mode = worker.mode
        let manager = Manager(mode: mode, launch: launch, sharing: sharing, construct: construct) { kernel, launch in
            guard let worker = kernel.workers.all.first(where: { type(of: $0).mode == mode }) as? any WorkerPlugin else {
                throw LaunchError(
                    .unservedMode,
                    """
                    \(Application.self) has no worker for the mode \"\(mode)\" now that it is built: one behind an `if` is absent. \
                    Add it, or remove the plugin from .rr.yaml
                    """)
            }
            var handlers: [LoopHandler] = []
            for loop in loops { handlers.append(LoopHandler(try await worker.makeHandler(launch, loop))) }
            return handlers
        }
        let sources = loops.enumerated().map { index, loop in
            WorkerHandlers(manager: manager, index: index, worker: worker, loop: loop, launch: launch, sharing: sharing)
        }
        return (manager, sources)
    }

    private init(
        manager: Manager, index: Int, worker: any WorkerPlugin.Type, loop: PollEventLoop, launch: LaunchContext,
        sharing: KernelSharing?
    ) {
        self.sharing = sharing
        self.manager = manager
        self.index = index
        self.worker = worker
        self.loop = loop
        self.launch = launch
    }

    /// Whether another worker should take over. With a shared kernel its host decides.
    var needsReplacement: Bool { self.sharing == nil && self.manager.needsReplacement }

    // MARK: Booting

    /// Builds the kernel before the handshake.
    ///
    /// - Throws: the boot failure, which the caller must report; from then on it is the response to payloads.
    package func bootEagerly() async throws {
        do {
            try await self.manager.boot()
        } catch {
            _ = self.fail(error)
            throw error
        }
    }

    /// Responds to payloads with a boot failure from now on.
    func serveFailure(_ error: any Error) { _ = self.fail(error) }

    private func fail(_ error: any Error) -> HandlerLease {
        let handler = self.worker.makeFailureHandler(error, launch: self.launch, loop: self.loop)
        self.failureHandler.withLock { $0 = handler }
        self.manager.requestReplacement()
        return HandlerLease(loopHandler: LoopHandler(handler), instance: nil)
    }

    // MARK: Refusals

    /// Responds to a payload that cannot be passed to a handler.
    func refuse(_ problem: PayloadProblem, _ responder: PayloadResponder) async {
        await self.worker.refuse(problem, responder, launch: self.launch, loop: self.loop)
    }

    // MARK: Leases

    /// Leases a handler, if that is possible at once.
    func acquire() -> HandlerLease? {
        guard let limit = self.sharing?.limit else { return self.manager.acquire().map { self.lease($0) } }
        guard limit.enter() else { return nil }
        if let instance = self.manager.acquire() { return self.lease(instance) }
        limit.leave()
        return nil
    }

    private func lease(_ instance: Manager.Instance) -> HandlerLease {
        HandlerLease(loopHandler: instance.served[self.index], instance: instance)
    }

    /// Leases a handler. The first payload may have to wait for the boot of the kernel.
    func acquireWhenReady() async -> HandlerLease {
        if let handler = self.failureHandler.withLock({ $0 }) {
            return HandlerLease(loopHandler: LoopHandler(handler), instance: nil)
        }
        if let limit = self.sharing?.limit, await !limit.enterInTurn() {
            return HandlerLease(loopHandler: LoopHandler(AbsentHandler()), instance: nil)
        }
        do {
            return self.lease(try await self.manager.acquireWhenReady())
        } catch {
            self.sharing?.limit?.leave()
            if !(error is KernelStopped) { Launcher.report("\(LaunchError.bootFailure(error, mode: self.worker.mode))") }
            return self.fail(error)
        }
    }

    /// Ends a lease.
    ///
    /// - Returns: a reset, which must be performed or skipped before the next payload.
    func release(_ lease: HandlerLease, _ outcome: Outcome) -> KernelReset<[LoopHandler]>? {
        guard let instance = lease.instance else { return nil }
        self.sharing?.limit?.leave()
        return self.manager.release(instance, outcome)
    }

    /// Ends the lease of an abandoned handler, which does not delay resets.
    func forfeit(_ lease: HandlerLease) {
        guard let instance = lease.instance else { return }
        self.sharing?.limit?.leave()
        self.manager.returnUnused(instance)
    }

    /// Stops waiting for a reset.
    func giveUpReset() { self.manager.giveUpReset() }

    var isResetting: Bool { self.manager.isResetting }

    // MARK: The end

    /// The process was asked to stop: a boot that a payload waits for has half of the time.
    func endBooting(within limit: Duration) { self.manager.endBooting(after: limit.clamped() / 2) }

    /// Shuts down the kernel and the shared state of the process.
    func shutdown(_ sequence: ShutdownSequence) async { await self.manager.shutdown(sequence) }
}

/// Replaces a handler when no caller waits for it any more.
private struct AbsentHandler: PayloadHandler {
    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome { Outcome() }
}
