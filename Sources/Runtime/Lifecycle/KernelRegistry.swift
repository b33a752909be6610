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

extension KernelRegistry {
    /// - Throws: in debug, the error of the first task that fails; `CancellationError` when the boot is abandoned.
    func warmUp(isDebug: Bool, _ logger: Logger) async throws {
        for task in self.all.warmUpTasks {
            try Task.checkCancellation()
            let start = ContinuousClock.now
            do {
                try await task.warmUp()
                logger.info(
                    "warmed up", metadata: ["rr.warm_up": "\(task.name)", "rr.duration": "\(ContinuousClock.now - start)"])
            } catch {
                logger.error("warming up failed: \(error.typedDescription)", metadata: ["rr.warm_up": "\(task.name)"])
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
