import Goridge
package import Hummingbird
package import Logging
package import RoadRunnerRuntime
import Synchronization

/// Work to be done once the response has been sent.
typealias AfterResponseWork = @Sendable () async throws -> Void

extension RoadRunnerRequestContext {
    /// Registers work for after the response, before the next request is taken. The client does not wait for it.
    ///
    /// Works of one request are done one after the other, in the order in which they were added, in the request's logging scope. What
    /// they throw is logged. They have ``HTTPOptions/afterResponseDeadline`` in all, and less once the worker is told to end; then
    /// the task is cancelled, and works that have not begun are left out. Works that are added once the request is done with are refused.
    ///
    /// Where RoadRunner itself keeps the response until the worker has gone, the client waits as well: in its debug pool, and with the
    /// last request of `max_jobs`.
    ///
    /// Under Hummingbird's own `Application`, and in its test kit, nobody waits for it: it begins at once.
    public func afterResponse(_ work: @escaping @Sendable () async throws -> Void) {
        guard self.info.server != .other else {
            let logger = self.logger
            Task {
                do { try await work() } catch { logger.error("work after the response has failed: \(error)") }
            }
            return
        }
        if !self.info.withState({ $0.addAfterResponse(work) }) {
            self.logger.warning("work after the response was registered too late, and is dropped: its request has ended")
        }
    }
}

/// Does what was put off until the response was sent.
package struct AfterResponse: Sendable {
    /// How long the work may take.
    package struct Limits: Sendable {
        fileprivate let deadline: Duration
        /// From the moment on at which the process is told to end: half of what that may take, since there are services to be stopped.
        fileprivate let grace: Duration

        package init(_ options: RuntimeOptions) {
            self.deadline = options.http.afterResponseDeadline
            self.grace = (options.stopDeadline / 2).clamped()
        }
    }

    private let info: RequestInfo
    private let events: LifecycleEventDispatcher
    private let request: RequestIdentity?

    /// - Returns: nil when there is nothing to do.
    package init?(_ request: Request, _ info: RequestInfo, _ events: LifecycleEventDispatcher) {
        guard info.withState({ !$0.endsWithoutWork() }) else { return nil }
        self.info = info
        self.events = events
        self.request = info.withState { $0.id }.map { id in
            RequestIdentity(mode: .http, name: request.summary) { id.description }
        }
    }

    /// - Parameters:
    ///   - ending: returns when the process is told to end, and waits for that otherwise.
    ///   - executor: where it is done.
    package func perform(
        within limits: Limits, ending: @escaping @Sendable () async -> Void, executor: (any TaskExecutor)? = nil, _ logger: Logger
    ) async {
        let hasEnded = Mutex(false)
        do {
            try await withDeadline(
                limits.deadline, executor: executor,
                orUntil: {
                    await ending()
                    if Task.isCancelled { return }
                    hasEnded.withLock { $0 = true }
                    try? await Task.sleep(for: limits.grace)
                }
            ) { await self.performAll(logger) }
        } catch {
            // A work that ignores its cancellation is left behind.
            if hasEnded.withLock({ $0 }) {
                logger.warning("the work after the response was cancelled: the process ends", metadata: Self.phase)
            } else {
                logger.error("the work after the response took longer than \(limits.deadline); cancelled", metadata: Self.phase)
            }
        }
        // Works that were left out would keep the request alive, and the request them.
        self.info.withState { $0.endAfterResponse() }
    }

    private static let phase: Logger.Metadata = ["rr.phase": "after response"]

    private func next() -> AfterResponseWork? {
        self.info.withState { $0.nextAfterResponse() }
    }

    private func performAll(_ logger: Logger) async {
        // A work may add another one.
        while !Task.isCancelled, let work = self.next() {
            do {
                try await work()
            } catch {
                // There is no client any more whose fault it could be.
                if Task.isCancelled { return }
                logger.error(
                    "the work after the response failed: \(String(reflecting: type(of: error))): \(error)", metadata: Self.phase)
                await self.events.exceptionThrown(
                    error, phase: .afterResponse, request: self.request, route: self.info.routeSource.route)
            }
        }
    }
}
