package import Hummingbird
package import Logging
import RoadRunnerRuntime

/// Sends responses: runs their bodies, and replaces a response that fails before its head is sent.
///
/// The responder renders the replacement, as it renders errors before there is a response.
package struct ResponseSender: Sendable {
    private let responder: RequestResponder

    package init(_ responder: RequestResponder) { self.responder = responder }

    package func send(
        _ response: Response, to request: Request, _ info: RequestInfo, over transport: some ResponseTransport, _ logger: Logger
    ) async -> RequestResponder.Sending {
        let response = Self.withLinks(transport.prepare(response, logger), info)
        let stream = transport.makeStream(for: response, isHead: request.method == .head, logger)
        let progress: ResponseStateMachine.Progress
        do {
            if stream.hasNoBody {
                try await stream.finishWithoutBody()
                progress = .finished
                try await Self.discard(response.body, on: transport.executor)
            } else if let deadline = self.responder.deadline, let end = info.deadlineEnd {
                let body = response.body
                progress = try await deadline.race(until: end, logger, mayExpire: { stream.discard() }) {
                    do {
                        return try await Self.run(body, stream)
                    } catch {
                        // Immediately: otherwise the buffered part could be sent before the error is handled.
                        _ = stream.discard()
                        throw error
                    }
                }
            } else {
                progress = try await Self.run(response.body, stream)
            }
            return .init(status: response.status.code, isComplete: progress == .finished)
        } catch {
            return await self.failed(
                error, sending: response, by: stream, to: request, info: info, over: transport, logger: logger)
        }
    }

    /// Sends a response that cannot be replaced by another one.
    ///
    /// - Returns: whether the client may have received all of it.
    @discardableResult
    package static func send(
        _ response: Response, isHead: Bool, over transport: some ResponseTransport, _ logger: Logger
    ) async -> Bool {
        let response = transport.prepare(response, logger)
        let stream = transport.makeStream(for: response, isHead: isHead, logger)
        do {
            guard stream.hasNoBody else { return try await Self.run(response.body, stream) == .finished }
            try await stream.finishWithoutBody()
            return true
        } catch {
            await stream.abort()
            return false
        }
    }

    /// Adds the links of unsent hints to the response, whatever it is.
    private static func withLinks(_ response: Response, _ info: RequestInfo) -> Response {
        let links = info.withState { $0.unsentLinks }
        return links.isEmpty ? response : response.adding(links: links)
    }

    private static func run(
        _ body: ResponseBody, _ stream: some ResponseStream
    ) async throws -> ResponseStateMachine.Progress {
        try await body.write(stream)
        let progress = stream.progress
        guard progress == .unfinished else { return progress }
        try await stream.finish(nil)
        return stream.progress
    }

    /// Runs a body that is not sent: middleware waits for its end (spans, metrics). It runs cancelled, unless it is empty and
    /// ends by itself.
    ///
    /// - Throws: errors of an empty body.
    static func discard(_ body: ResponseBody, on executor: (any TaskExecutor)? = nil) async throws {
        guard body.contentLength != 0 else { return try await body.write(DiscardingBodyWriter()) }
        await Task(executorPreference: executor) {
            withUnsafeCurrentTask { $0?.cancel() }
            try? await body.write(DiscardingBodyWriter())
        }.value
    }

    private func failed(
        _ error: any Error, sending response: Response, by stream: some ResponseStream, to request: Request, info: RequestInfo,
        over transport: some ResponseTransport, logger: Logger
    ) async -> RequestResponder.Sending {
        guard stream.discard() else {
            // Its head is out: the only option is to end the body.
            let phase: ExceptionThrown.Phase = stream.progress == .unfinished ? .streaming : .afterResponse
            await self.responder.failed(error, phase: phase, info: info)
            await stream.abort()
            return .init(status: response.status.code, isComplete: false)
        }
        let failure = await self.responder.failure(
            error, request: request, info: info, while: "streaming the body, before its first bytes", logger: logger)
        let isComplete = await Self.send(Self.withLinks(failure, info), isHead: request.method == .head, over: transport, logger)
        return .init(status: failure.status.code, isComplete: isComplete)
    }
}
