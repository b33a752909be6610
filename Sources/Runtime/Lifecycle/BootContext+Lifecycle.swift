extension BootContext {
    /// Records that the kernel uses a storage.
    package func note(_ storage: KernelDescription.Storage) {
        self.registry.add { if !$0.storages.contains(storage) { $0.storages.append(storage) } }
    }

    /// Registers a part of the kernel that is reset after each response. Parts are reset in reverse order of registration.
    public func register(_ resettable: any Resettable) { self.registry.add { $0.resettables.append(resettable) } }

    /// Registers a task that runs once the kernel is built, before the worker reports ready. Tasks run in the order of
    /// registration. It is for a type with state, or with tests of its own; otherwise use ``warmUp(_:_:)``.
    public func register(_ task: any WarmUpTask) { self.registry.add { $0.warmUpTasks.append(task) } }

    /// Registers a closure to run at boot, before the worker is ready.
    public func warmUp(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.register(ClosureWarmUp(name: name, body: body))
    }

    /// Observes one kind of event as long as this kernel serves.
    public func observe<Event: LifecycleEvent>(
        _ event: Event.Type, priority: Int = 0, _ observe: @escaping @Sendable (Event) async throws -> Void
    ) {
        self.registry.add { $0.observers.append(Observer(event, priority: priority, observe)) }
    }

    /// Requests a reboot of this kernel, after the current request or the next one.
    public func requestReboot(_ reason: String) { self.registry.requestReboot(reason) }
}

private struct ClosureWarmUp: WarmUpTask {
    let name: String
    let body: @Sendable () async throws -> Void
    func warmUp() async throws { try await self.body() }
}
