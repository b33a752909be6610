package import Logging
package import ServiceLifecycle

/// A kernel that was built, with what belongs to it. It ends as a whole.
package final class RunningKernel: Sendable {
    private final class KeptAlive: @unchecked Sendable {
        private let value: Any
        init(_ value: Any) { self.value = value }
    }

    package let registry: KernelRegistry
    // What the kernel owns lives as long as it serves.
    private let kernel: KeptAlive
    private let services: RunningServices

    private init(_ kernel: Any, _ registry: KernelRegistry, _ services: RunningServices) {
        self.kernel = KeptAlive(kernel)
        self.registry = registry
        self.services = services
    }

    /// Builds a kernel, starts its services, and warms it up.
    ///
    /// - Parameters:
    ///   - construct: the kernel's initialiser.
    ///   - prepare: takes from the kernel what serves requests.
    ///   - serviceFailed: told when a service has ended although it was not asked to.
    package static func boot<Application: Kernel, Served: Sendable>(
        _ launch: LaunchContext, mode: WorkerMode?, isReboot: Bool,
        construct: (BootContext) async throws -> Application,
        prepare: (Application) async throws -> Served,
        serviceFailed: @escaping @Sendable (any Error) -> Void
    ) async throws -> (RunningKernel, Served) {
        let start = ContinuousClock.now
        await launch.events.emit(KernelBooting(mode: mode, isReboot: isReboot))
        let registry = KernelRegistry()
        let kernel = try await construct(launch.bootContext(mode: mode, registry: registry))
        let served = try await prepare(kernel)
        let services = RunningServices(kernel.services, logger: launch.logger, failed: serviceFailed)
        do {
            try await registry.warm(isDebug: launch.options.isDebug, launch.logger)
        } catch {
            await services.shutdown()
            throw error
        }
        launch.events.useKernelObservers(registry.all.observers)
        launch.events.metrics?.booted(isReboot: isReboot)
        await launch.events.emit(
            KernelBooted(mode: mode, isReboot: isReboot, duration: ContinuousClock.now - start))
        return (RunningKernel(kernel, registry, services), served)
    }

    package var hasResettables: Bool { !self.registry.all.resettables.isEmpty }

    package func shutdown() async { await self.services.shutdown() }
}

/// The services of one kernel, run by ServiceLifecycle. Signals are the runtime's business.
package final class RunningServices: Sendable {
    /// How long they may take to end when they are told to; then they are cancelled.
    private static let patience = Duration.seconds(5)

    private let group: ServiceGroup?
    private let task: Task<Void, Never>?

    /// - Parameter failed: told when a service ended although it was not asked to.
    package init(_ services: [any Service], logger: Logger, failed: @escaping @Sendable (any Error) -> Void) {
        guard !services.isEmpty else {
            self.group = nil
            self.task = nil
            return
        }
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.patience
        let group = ServiceGroup(configuration: configuration)
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
