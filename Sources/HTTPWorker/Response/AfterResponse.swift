import Goridge
package import Hummingbird
package import Logging
package import RoadRunnerRuntime

/// Something to be done once the answer is on its way.
typealias AfterResponseWork = @Sendable () async throws -> Void

extension RoadRunnerRequestContext {
    /// Does something once the answer is on the wire, and before the next request is taken. The client does not wait for it.
    ///
    /// Works of one request are done one after the other, in the order in which they were added, in the request's logging scope. What
    /// they throw is logged. They have ``RuntimeOptions/afterResponseDeadline`` in all, and less once the worker is told to end; then
    /// the task is cancelled, and works that have not begun are left out.
    ///
    /// Where RoadRunner itself keeps the answer until the worker has gone, the client waits as well: in its debug pool, and with the
    /// last request of `max_jobs`.
    public func afterResponse(_ work: @escaping @Sendable () async throws -> Void) {
        self.info.withState { $0.afterResponse.append(work) }
    }
}

/// Does what was put off until the answer was sent.
package struct AfterResponse: Sendable {
    /// What the time is up for.
    private enum End: Sendable { case done, deadline, ending }

    private let info: RequestInfo
    private let events: EventHub
    private let request: RequestIdentity?

    /// - Returns: nil when there is nothing to do.
    package init?(_ request: Request, _ info: RequestInfo, _ events: EventHub) {
        guard info.withState({ !$0.afterResponse.isEmpty }) else { return nil }
        self.info = info
        self.events = events
        self.request = info.withState { $0.id }.map { id in
            RequestIdentity(mode: .http, name: request.summary) { id.description }
        }
    }

    /// - Parameters:
    ///   - deadline: how long it may take.
    ///   - ending: returns when the process is told to end, and waits for that otherwise.
    ///   - grace: how long it may take from then on.
    package func perform(
        deadline: Duration, ending: @escaping @Sendable () async -> Void, grace: Duration, _ logger: Logger
    ) async {
        await withTaskGroup(of: End.self) { group in
            group.addTask {
                await self.performAll(logger)
                return .done
            }
            group.addTask {
                try? await Task.sleep(for: deadline)
                return .deadline
            }
            group.addTask {
                await ending()
                try? await Task.sleep(for: grace)
                return .ending
            }
            let end = await group.next()
            switch end {
            case .deadline?:
                logger.error("the work after the response took longer than \(deadline); cancelled", metadata: Self.phase)
            case .ending?:
                logger.warning("the work after the response was cancelled: the process ends", metadata: Self.phase)
            case .done?, nil: break
            }
            group.cancelAll()
        }
        // Works that were left out would keep the request alive, and the request them.
        self.info.withState { $0.afterResponse = [] }
    }

    private static let phase: Logger.Metadata = ["rr.phase": "after response"]

    private func next() -> AfterResponseWork? {
        self.info.withState { $0.afterResponse.isEmpty ? nil : $0.afterResponse.removeFirst() }
    }

    private func performAll(_ logger: Logger) async {
        // A work may add another one.
        while !Task.isCancelled, let work = self.next() {
            do {
                try await work()
            } catch {
                // Nobody is left whose fault it could be.
                if Task.isCancelled { return }
                logger.error(
                    "the work after the response failed: \(String(reflecting: type(of: error))): \(error)", metadata: Self.phase)
                await self.events.exceptionThrown(error, phase: .afterResponse, request: self.request)
            }
        }
    }
}
