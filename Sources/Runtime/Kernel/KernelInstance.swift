/// A kernel that was built, with everything that belongs to it. It is shut down as a whole.
package final class KernelInstance<Served: Sendable>: Sendable {
    /// Is never read, only released.
    private final class KeptAlive: @unchecked Sendable {
        private let value: Any
        init(_ value: Any) { self.value = value }
    }

    /// The part that serves requests.
    package let served: Served
    let registry: KernelRegistry
    /// Notifies the observers of the process, and those that were registered while this kernel was built.
    let events: LifecycleEventDispatcher
    let boot: KernelBoot
    let hasResettables: Bool
    private let services: RunningServices
    // The kernel's own objects live as long as it serves.
    private let kernel: KeptAlive

    private init(
        kernel: Any, served: Served, registry: KernelRegistry, events: LifecycleEventDispatcher, services: RunningServices,
        boot: KernelBoot
    ) {
        self.kernel = KeptAlive(kernel)
        self.served = served
        self.registry = registry
        self.events = events
        self.services = services
        self.boot = boot
        self.hasResettables = !registry.all.resettables.isEmpty
    }

    /// Builds a kernel, starts its services, and warms it up.
    ///
    /// - Parameters:
    ///   - construct: the kernel's initializer.
    ///   - prepare: returns the part of the kernel that serves requests; the kernel's observers are among those of the context.
    ///   - serviceFailed: called when a service ends with an error, or before it was asked to.
    static func build<Application: Kernel>(
        _ boot: KernelBoot, _ launch: LaunchContext, mode: WorkerMode?, isReboot: Bool,
        construct: (BootContext) async throws -> Application, prepare: (Application, LaunchContext) async throws -> Served,
        serviceFailed: @escaping @Sendable (any Error) -> Void
    ) async throws -> KernelInstance {
        await launch.events.emit(KernelBooting(mode: mode, isReboot: isReboot))
        let registry = KernelRegistry()
        let boots = launch.bootContext(mode: mode, registry: registry)
        // Error pages list the routes, in debug.
        let (kernel, served, events) = try await KernelDescription.$wantsRoutes.withValue(launch.options.isDebug) {
            let kernel = try await construct(boots)
            let launch = launch.adding(registry.all.observers)
            return (kernel, try await prepare(kernel, launch), launch.events)
        }
        // Nothing is started that would have to be stopped at once.
        try Task.checkCancellation()
        let services = RunningServices(kernel.services, logger: launch.logger, failed: serviceFailed)
        boot.started(services)
        do {
            try await registry.warmUp(isDebug: launch.options.isDebug, launch.logger)
            try Task.checkCancellation()
        } catch {
            let limits = launch.options.kernelLimits
            _ = await services.shutdown(within: limits.serviceShutdown, naming: limits.notice)
            throw error
        }
        return KernelInstance(kernel: kernel, served: served, registry: registry, events: events, services: services, boot: boot)
    }

    /// Shuts the services down.
    ///
    /// - Returns: the service that did not end within the limit; nil when all did.
    func shutdown(within limit: Duration, _ limits: KernelLimits) async -> String? {
        await self.services.shutdown(within: limit, naming: limits.notice) ? nil : self.services.waitedFor
    }

    /// Waits until the services have run for `probation` since their start.
    ///
    /// - Returns: whether they have.
    func survives(_ probation: Duration) async -> Bool {
        guard !self.services.isEmpty else { return true }
        return await !self.services.haveEnded(within: probation - (ContinuousClock.now - self.services.start))
    }
}
