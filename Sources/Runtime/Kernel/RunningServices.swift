import Goridge
package import Logging
package import ServiceLifecycle
import Synchronization

/// The services of one kernel, run by ServiceLifecycle. Signals are handled by the runtime.
package final class RunningServices: Sendable {
    private let group: ServiceGroup?
    private let task: Task<Void, Never>?
    private let names: RunningNames
    private let logger: Logger
    /// The time at which the services were started.
    let start = ContinuousClock.now

    /// Starts services.
    ///
    /// - Parameter failed: called when a service ends with an error, or before it was asked to.
    package init(_ services: [any Service], logger: Logger, failed: @escaping @Sendable (any Error) -> Void) {
        let names = RunningNames(services.map { "\(type(of: $0))" })
        self.names = names
        self.logger = logger
        guard !services.isEmpty else {
            self.group = nil
            self.task = nil
            return
        }
        let named = services.enumerated().map { NamedService(service: $1, index: $0, names: names) }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: named, logger: logger))
        self.group = group
        // Detached: a request may have caused the boot, and its server's graceful shutdown is task-local.
        self.task = Task.detached {
            do { try await group.run() } catch is CancellationError {} catch { failed(error) }
        }
    }

    package var isEmpty: Bool { self.task == nil }

    /// The service that is waited for, since services are shut down in reverse order.
    var waitedFor: String { self.names.last ?? "a service" }

    /// Waits for a service to end although it was not asked to.
    ///
    /// - Returns: whether one has.
    func haveEnded(within limit: Duration) async -> Bool {
        guard let task else { return false }
        do {
            // The wait can be cancelled, since the process may end meanwhile.
            try await withDeadline(.seconds(Int64.max), orUntil: { await task.value }) {
                try await Task.sleep(for: limit.clamped())
            }
            return false
        } catch {
            return error is DeadlineExceeded
        }
    }

    /// Asks the services to shut down, the last one first. Shortly before the limit they are cancelled; after it they are
    /// abandoned.
    ///
    /// - Parameter notice: the time after which the service that is waited for is named in the log.
    /// - Returns: whether all of them have ended.
    package func shutdown(within limit: Duration, naming notice: Duration) async -> Bool {
        guard let group, let task else { return true }
        let (names, logger) = (self.names, self.logger)
        let reminder = Task.detached {
            guard await notice.hasPassed(), let name = names.last else { return }
            logger.notice("waiting for the service \(name) to shut down", metadata: ["rr.service": "\(name)"])
        }
        defer { reminder.cancel() }
        let hasEnded = await ends(within: limit.clamped() * 9 / 10) {
            await group.triggerGracefulShutdown()
            await task.value
        }
        if hasEnded { return true }
        task.cancel()
        if await ends(within: limit.clamped() / 10, { await task.value }) { return true }
        logger.error(
            "the service \(self.waitedFor) did not shut down within \(limit); abandoning it",
            metadata: ["rr.service": "\(self.waitedFor)"])
        return false
    }
}

/// The names of the services that still run.
private final class RunningNames: Sendable {
    private let names: Mutex<[String?]>

    init(_ names: [String]) { self.names = Mutex(names) }

    func ended(_ index: Int) { self.names.withLock { $0[index] = nil } }

    var last: String? { self.names.withLock { $0.last { $0 != nil } ?? nil } }
}

/// A service whose end is recorded.
private struct NamedService: Service, CustomStringConvertible {
    let service: any Service
    let index: Int
    let names: RunningNames

    var description: String { "\(self.service)" }

    func run() async throws {
        defer { self.names.ended(self.index) }
        try await self.service.run()
    }
}
