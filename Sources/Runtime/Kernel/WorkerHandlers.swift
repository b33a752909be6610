package import Goridge
import Synchronization

/// The right to let a handler work on one payload.
struct HandlerLease {
    // One word each: a lease is copied for every payload.
    fileprivate let loopHandler: LoopHandler
    /// Nil for the handler that says that there is no kernel.
    fileprivate let instance: KernelInstance<[LoopHandler]>?

    var handler: any PayloadHandler { self.loopHandler.handler }
}

/// An instance's handler for one event loop.
package final class LoopHandler: Sendable {
    fileprivate let handler: any PayloadHandler
    fileprivate init(_ handler: any PayloadHandler) { self.handler = handler }
}

/// Where the worker loops on one event loop take their handler from: the kernel that they share with others, or its failure.
package final class WorkerHandlers: Sendable {
    package typealias Manager = KernelManager<[LoopHandler]>

    private let manager: Manager
    /// Which of an instance's handlers was made for this event loop.
    private let index: Int
    private let worker: any WorkerPlugin.Type
    private let loop: PollEventLoop
    private let launch: LaunchContext
    private let sharing: KernelSharing?
    /// Responds in place of a kernel that could not be built.
    private let failureHandler = Mutex<(any PayloadHandler)?>(nil)

    /// Makes the sources of a process.
    ///
    /// - Parameters:
    ///   - loops: the event loops; an instance has a handler for each of them, since handlers are confined to theirs.
    ///   - sharing: how many worker loops share the kernel; nil where one has it for itself.
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
                    \(Application.self) has no worker for the mode \"\(mode)\" now that it is built: one behind an `if` is absent. Let it be \
                    there, or remove the plug-in from .rr.yaml
                    """)
            }
            var handlers: [LoopHandler] = []
            for loop in loops { handlers.append(LoopHandler(try await worker.makeHandler(launch, loop))) }
            return handlers
        }
        let sources = loops.enumerated().map { index, loop in WorkerHandlers(manager, index, worker, loop, launch, sharing) }
        return (manager, sources)
    }

    private init(
        _ manager: Manager, _ index: Int, _ worker: any WorkerPlugin.Type, _ loop: PollEventLoop, _ launch: LaunchContext,
        _ sharing: KernelSharing?
    ) {
        self.sharing = sharing
        self.manager = manager
        self.index = index
        self.worker = worker
        self.loop = loop
        self.launch = launch
    }

    /// Whether another worker should take over. Where the kernel is shared, its host says so.
    var needsReplacement: Bool { self.sharing == nil && self.manager.needsReplacement }

    // MARK: Booting

    /// Builds the kernel before the handshake.
    ///
    /// - Throws: the boot failure, which is the caller's to report; payloads are answered with it from then on.
    package func bootEagerly() async throws {
        do {
            try await self.manager.boot()
        } catch {
            _ = self.fail(error)
            throw error
        }
    }

    /// The kernel could not be built: payloads are answered with that from now on.
    func serveFailure(_ error: any Error) { _ = self.fail(error) }

    private func fail(_ error: any Error) -> HandlerLease {
        let handler = self.worker.makeFailureHandler(error, self.launch, self.loop)
        self.failureHandler.withLock { $0 = handler }
        self.manager.requestReplacement()
        return HandlerLease(loopHandler: LoopHandler(handler), instance: nil)
    }

    // MARK: Refusals

    /// Responds to a payload that no handler can be given.
    func refuse(_ problem: PayloadProblem, _ responder: PayloadResponder) async {
        await self.worker.refuse(problem, responder, self.launch, self.loop)
    }

    // MARK: Leases

    /// Leases a handler, where that is possible at once.
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

    /// Leases a handler, which the first payload may have to boot the kernel for.
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
    /// - Returns: a reset, which has to be performed or skipped before the next payload.
    func release(_ lease: HandlerLease, _ outcome: Outcome) -> KernelReset<[LoopHandler]>? {
        guard let instance = lease.instance else { return nil }
        self.sharing?.limit?.leave()
        return self.manager.release(instance, outcome)
    }

    /// Ends the lease of a handler that is left behind: it does not keep resets waiting.
    func forfeit(_ lease: HandlerLease) {
        guard let instance = lease.instance else { return }
        self.sharing?.limit?.leave()
        self.manager.returnUnused(instance)
    }

    /// The handler that resets is not waited for any more.
    func giveUpReset() { self.manager.giveUpReset() }

    var isResetting: Bool { self.manager.isResetting }

    /// The relay has carried something.
    func transferred(_ traffic: TransferStatistics) { self.launch.events.metrics?.transferred(traffic) }

    // MARK: The end

    /// The process was told to end: a boot that a payload waits for has half of the time.
    func endBooting(within limit: Duration) { self.manager.endBooting(after: limit.clamped() / 2) }

    /// Ends the kernel and what belongs to the process.
    func shutdown(_ sequence: ShutdownSequence) async { await self.manager.shutdown(sequence) }
}

/// In place of a handler that nobody waits for any more.
private struct AbsentHandler: PayloadHandler {
    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome { Outcome() }
}
