import Goridge
package import Logging
import Synchronization

/// Everything that a kernel registered while it was built.
package final class KernelRegistry: Sendable {
    struct Entries: Sendable {
        var resettables: [any Resettable] = []
        var warmUpTasks: [any WarmUpTask] = []
        var observers: [Observer] = []
        var storages: [KernelDescription.Storage] = []
    }

    private let entries = Mutex(Entries())
    private let rebootReason = Mutex<String?>(nil)
    /// Checked after each request, unlike the reason.
    private let hasRebootReason = Atomic(false)

    package init() {}

    var all: Entries { self.entries.withLock { $0 } }

    func add(_ change: (inout Entries) -> Void) { self.entries.withLock { entries in change(&entries) } }

    func requestReboot(_ reason: String) {
        self.rebootReason.withLock { $0 = $0 ?? reason }
        self.hasRebootReason.store(true, ordering: .releasing)
    }

    /// Whether a reboot was requested.
    var wantsReboot: Bool { self.hasRebootReason.load(ordering: .acquiring) }

    func takeRebootReason() -> String? {
        guard self.wantsReboot else { return nil }
        return self.rebootReason.withLock { reason in
            defer { reason = nil }
            self.hasRebootReason.store(false, ordering: .relaxed)
            return reason
        }
    }
}

extension BootContext {
    /// Records that the kernel uses a storage.
    package func note(_ storage: KernelDescription.Storage) {
        self.registry.add { if !$0.storages.contains(storage) { $0.storages.append(storage) } }
    }

    /// Registers a part of the kernel that is reset after each response. Parts are reset in reverse order of registration.
    public func register(_ resettable: any Resettable) { self.registry.add { $0.resettables.append(resettable) } }

    /// Registers a task that runs once the kernel is built, before the worker reports ready. Tasks run in the order of
    /// registration.
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

extension KernelRegistry {
    /// - Throws: in debug, the error of the first task that fails; `CancellationError` when the boot is abandoned.
    func warmUp(isDebug: Bool, _ logger: Logger) async throws {
        for task in self.all.warmUpTasks {
            try Task.checkCancellation()
            let start = ContinuousClock.now
            do {
                try await task.warmUp()
                logger.info(
                    "warmed up", metadata: ["rr.warmer": "\(task.name)", "rr.duration": "\(ContinuousClock.now - start)"])
            } catch {
                logger.error("warming up failed: \(error.typedDescription)", metadata: ["rr.warmer": "\(task.name)"])
                if isDebug { throw error }
            }
        }
    }

    /// Resets all parts, in reverse order of registration.
    ///
    /// - Returns: the errors.
    package func reset(_ logger: Logger) async -> [any Error] {
        var errors: [any Error] = []
        for resettable in self.all.resettables.reversed() {
            do {
                try await resettable.reset()
            } catch {
                logger.critical(
                    "\(type(of: resettable)) could not be reset: \(error.typedDescription)",
                    metadata: .phase(.afterResponse))
                errors.append(error)
            }
        }
        return errors
    }
}
