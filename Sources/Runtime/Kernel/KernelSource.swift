package import Goridge
package import Logging
package import ServiceLifecycle
import Synchronization

/// Builds the kernel of a worker, once, and keeps what belongs to it.
package final class KernelSource: HandlerSource {
    private struct State {
        var handler: (any PayloadHandler)?
        var services: RunningServices?
        var hasFailed = false
        /// The kernel itself: what it owns lives as long as it serves.
        var kernel: KeptAlive?
    }

    private final class KeptAlive: @unchecked Sendable {
        private let value: Any
        init(_ value: Any) { self.value = value }
    }

    private struct Built: Sendable {
        let kernel: KeptAlive
        let handler: any PayloadHandler
        let services: [any Service]
    }

    private let worker: any PayloadWorker.Type
    private let launch: LaunchContext
    // The kernel's type is left behind here: a generic class pays for it at every access.
    private let build: @Sendable (WorkerEnvironment) async throws -> Built
    private let environment: WorkerEnvironment
    private let state = Mutex(State())

    package init<Application: Kernel>(
        worker: any PayloadWorker.Type, launch: LaunchContext, loop: RelayLoop,
        boot: @escaping @Sendable (BootContext) async throws -> Application
    ) {
        let mode = worker.mode
        let context = launch.bootContext(mode: mode)
        self.build = { environment in
            let kernel = try await boot(context)
            guard let worker = kernel.workers.all.first(where: { type(of: $0).mode == mode }) as? any PayloadWorker else {
                throw LaunchError(.unservedMode, "\(Application.self) has no worker for the mode \"\(mode)\"")
            }
            let handler = try await worker.makeHandler(environment)
            return Built(kernel: KeptAlive(kernel), handler: handler, services: kernel.services)
        }
        self.worker = worker
        self.launch = launch
        self.environment = WorkerEnvironment(
            options: launch.options, logger: launch.logger, relay: launch.relay, loop: loop)
    }

    package var readyHandler: (any PayloadHandler)? { self.state.withLock { $0.handler } }
    package var hasFailed: Bool { self.state.withLock { $0.hasFailed } }

    /// Builds the kernel before the handshake.
    ///
    /// - Throws: the boot failure, which is the caller's to report. A handler that says so is ready.
    package func bootEagerly() async throws {
        do {
            _ = try await self.start()
        } catch {
            self.fail(error)
            throw error
        }
    }

    package func boot() async -> any PayloadHandler {
        let start = ContinuousClock.now
        do {
            let handler = try await self.start()
            self.launch.logger.info("booted with the first request", metadata: ["rr.boot": "\(ContinuousClock.now - start)"])
            return handler
        } catch {
            Launcher.report("\(LaunchError.bootFailure(error, mode: self.worker.mode))")
            return self.fail(error)
        }
    }

    @discardableResult
    private func fail(_ error: any Error) -> any PayloadHandler {
        let handler = self.worker.makeFailureHandler(error, self.environment)
        self.state.withLock {
            $0.handler = handler
            $0.hasFailed = true
        }
        return handler
    }

    private func start() async throws -> any PayloadHandler {
        let built = try await self.build(self.environment)
        let services = RunningServices(built.services, logger: self.launch.logger) { [weak self] error in
            // The worker serves on, but another one should take over: a part of the application is gone.
            self?.launch.logger.critical("a service of the kernel has ended: \(error)")
            self?.state.withLock { $0.hasFailed = true }
        }
        self.state.withLock {
            $0.kernel = built.kernel
            $0.services = services
            $0.handler = built.handler
        }
        return built.handler
    }

    package func shutdown() async {
        let services = self.state.withLock { $0.services }
        await services?.shutdown()
        await self.launch.process.close()
    }
}

/// The services of one kernel, run by ServiceLifecycle. Signals are the runtime's business.
package final class RunningServices: Sendable {
    private let group: ServiceGroup?
    private let task: Task<Void, Never>?

    /// - Parameter failed: told when a service ended although it was not asked to.
    package init(_ services: [any Service], logger: Logger, failed: @escaping @Sendable (any Error) -> Void) {
        guard !services.isEmpty else {
            self.group = nil
            self.task = nil
            return
        }
        let group = ServiceGroup(configuration: .init(services: services, logger: logger))
        self.group = group
        self.task = Task {
            do { try await group.run() } catch is CancellationError {} catch { failed(error) }
        }
    }

    package func shutdown() async {
        await self.group?.triggerGracefulShutdown()
        await self.task?.value
    }
}
