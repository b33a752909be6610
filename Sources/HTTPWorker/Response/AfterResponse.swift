import Goridge
package import Hummingbird
package import Logging
package import RoadRunnerRuntime
import Synchronization

/// Work to do after the response has been sent.
typealias AfterResponseWork = @Sendable () async throws -> Void

extension RoadRunnerRequestContext {
    /// Registers work to do after the response, before the next request is taken. The client does not wait for it.
    ///
    /// Work items of one request run in order, in the request's logging scope. Their errors are logged. Together they have
    /// ``HTTPOptions/afterResponseDeadline``, and less once the worker is asked to stop; then the task is cancelled, and items
    /// that have not begun are dropped. Items that are added after the request has ended are refused.
    ///
    /// If RoadRunner itself keeps the response until the worker has ended, the client waits as well: in its debug pool, and for
    /// the last request of `max_jobs`.
    ///
    /// Under Hummingbird's own `Application`, and in its test kit, the work begins at once, and is not awaited.
    public func afterResponse(_ work: @escaping @Sendable () async throws -> Void) {
        guard self.info.server != .other else {
            let logger = self.logger
            Task {
                do { try await work() } catch { logger.error("work after the response failed: \(error)") }
            }
            return
        }
        if !self.info.withState({ $0.addAfterResponse(work) }) {
            self.logger.warning("dropping work after the response: its request has ended")
        }
    }
}

/// Performs the work that was deferred until after the response.
package struct AfterResponse: Sendable {
    /// The time limits of the work.
    package struct Limits: Sendable {
        fileprivate let deadline: Duration
        /// The limit once the process is asked to stop: half of its shutdown time, since services must be stopped as well.
        fileprivate let grace: Duration

        package init(_ options: RuntimeOptions) {
            self.deadline = options.http.afterResponseDeadline
            self.grace = (options.stopDeadline / 2).clamped()
        }
    }

    private let info: RequestInfo
    private let events: LifecycleEventDispatcher
    private let request: RequestIdentity?

    /// - Returns: nil when there is no work.
    package init?(_ request: Request, _ info: RequestInfo, _ events: LifecycleEventDispatcher) {
        guard info.withState({ !$0.endsWithoutWork() }) else { return nil }
        self.info = info
        self.events = events
        self.request = info.withState { $0.id }.map { id in
            RequestIdentity(mode: .http, name: request.summary) { id.description }
        }
    }

    /// - Parameters:
    ///   - shutdown: returns when the process is asked to stop, and waits until then.
    ///   - executor: the executor of the work.
    package func perform(
        within limits: Limits, shutdown: @escaping @Sendable () async -> Void, executor: (any TaskExecutor)? = nil,
        _ logger: Logger
    ) async {
        let isShuttingDown = Mutex(false)
        do {
            try await withDeadline(
                limits.deadline, executor: executor,
                orUntil: {
                    await shutdown()
                    if Task.isCancelled { return }
                    isShuttingDown.withLock { $0 = true }
                    try? await Task.sleep(for: limits.grace)
                }
            ) { await self.performAll(logger) }
        } catch {
            // An item that ignores its cancellation is abandoned.
            if isShuttingDown.withLock({ $0 }) {
                logger.warning(
                    "cancelled work after the response: the process is shutting down", metadata: .phase(.afterResponse))
            } else {
                logger.error(
                    "cancelled work after the response: it took longer than \(limits.deadline)",
                    metadata: .phase(.afterResponse))
            }
        }
        // Dropped items would keep the request alive, and the request them.
        self.info.withState { $0.endAfterResponse() }
    }

    private func next() -> AfterResponseWork? {
        self.info.withState { $0.nextAfterResponse() }
    }

    private func performAll(_ logger: Logger) async {
        // An item may add another one.
        while !Task.isCancelled, let work = self.next() {
            do {
                try await work()
            } catch {
                // There is no client any more that could be at fault.
                if Task.isCancelled { return }
                logger.error("work after the response failed: \(error.typedDescription)", metadata: .phase(.afterResponse))
                await self.events.exceptionThrown(
                    error, phase: .afterResponse, request: self.request, route: self.info.routeSource.route)
            }
        }
    }
}
