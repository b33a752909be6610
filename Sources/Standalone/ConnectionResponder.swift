import HTTPTypes
import HTTPWorker
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RoadRunnerRuntime
import ServiceLifecycle
import Synchronization

/// Answers the requests of Hummingbird's server the way a worker answers RoadRunner's.
struct ConnectionResponder: Sendable {
    private let logger: Logger
    private let options: RuntimeOptions
    private let dates = DateHeader()

    init(logger: Logger, options: RuntimeOptions) {
        self.logger = logger
        self.options = options
    }

    /// - Throws: when the connection has to be closed, because a response was begun and could not be completed.
    func respond(
        to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel,
        _ kernel: KernelManager<RequestResponder>
    ) async throws {
        let address = channel.remoteAddress
        let info = RequestInfo(
            remoteAddress: address?.ipAddress ?? "", remotePort: address?.port, protocolVersion: "HTTP/1.1",
            authority: request.head.authority ?? "")
        let connection = RequestConnection(channel)
        info.attributeErrors { await connection.fault() }
        let body = LazyHeadWriter(writer)
        if self.options.http.informationalResponses != .never {
            info.offerInformational { head in try await body.writeInformational(head) }
        }
        let isServed = Mutex(false)
        var failure: (any Error)?
        do {
            try await kernel.serve { responder in
                isServed.withLock { $0 = true }
                let (outcome, error) = await self.answer(request, info, body, responder, connection)
                failure = error
                return outcome
            }
        } catch  where !isServed.withLock({ $0 }) {
            self.logger.error("the kernel could not be built: \(error)")
            let response = ErrorAnswer.response(
                .serviceUnavailable, for: error, while: "booting", request: request, isDebug: self.options.isDebug)
            try await body.write(response.head, response.body)
        }
        if let failure { throw failure }
    }

    /// - Returns: also an error that has to close the connection.
    private func answer(
        _ request: Request, _ info: RequestInfo, _ body: LazyHeadWriter, _ responder: RequestResponder,
        _ connection: RequestConnection
    ) async -> (Outcome, (any Error)?) {
        var failure: (any Error)?
        let outcome = await responder.handle(request, info) { response, logger in
            info.endInformational()
            var response = response
            response.headers[.date] = self.dates.value
            if connection.isBroken { response.headers[.connection] = "close" }
            do {
                let status = try await self.send(response, to: request, info, responder, body, logger)
                return .init(status: status, isComplete: true)
            } catch {
                failure = error
                return .init(status: response.status.code, isComplete: false)
            }
        } afterwards: { logger in
            guard let work = AfterResponse(request, info, responder.pipeline.events) else { return }
            await work.perform(
                deadline: self.options.http.afterResponseDeadline, ending: { try? await gracefulShutdown() },
                grace: self.options.stopDeadline / 2, logger)
        }
        return (outcome, failure)
    }

    /// - Returns: the status that was sent.
    private func send(
        _ response: Response, to request: Request, _ info: RequestInfo, _ responder: RequestResponder, _ writer: LazyHeadWriter,
        _ logger: Logger
    ) async throws -> Int {
        var response = response
        let code = response.status.code
        guard request.method != .head, code != 204, code != 304 else {
            if code == 204 { response.headers[.contentLength] = nil }
            try await writer.writeWithoutBody(response.head)
            return code
        }
        if let length = response.body.contentLength {
            // A head and a buffer leave in one write.
            response.headers[.contentLength] = String(length)
            do {
                try await writer.write(response.head, response.body)
            } catch {
                await self.bodyFailed(error, request, info, responder, logger)
                throw error
            }
            return code
        }
        writer.head = response.head
        do {
            try await response.body.write(writer)
            if !writer.isFinished { try await writer.finish(nil) }
            return code
        } catch {
            guard !writer.isCommitted else {
                await self.bodyFailed(error, request, info, responder, logger)
                throw error
            }
            let failure = await responder.failure(
                error, request, info, phase: "streaming the body, before its first bytes", logger)
            try await writer.write(failure.head, failure.body)
            return failure.status.code
        }
    }

    private func bodyFailed(
        _ error: any Error, _ request: Request, _ info: RequestInfo, _ responder: RequestResponder, _ logger: Logger
    ) async {
        await responder.failed(error, .streaming, request, info, logger)
    }
}

/// A body writer that sends the head with the first chunk, so that an error before it can become a proper answer.
///
/// It is used by one request's task only.
final class LazyHeadWriter: ResponseBodyWriter, @unchecked Sendable {
    private var writer: ResponseWriter?
    private var body: (any ResponseBodyWriter)?
    var head = HTTPResponse(status: .ok)
    private(set) var isFinished = false

    init(_ writer: consuming ResponseWriter) { self.writer = consume writer }

    var isCommitted: Bool { self.writer == nil }

    func write(_ buffer: ByteBuffer) async throws {
        guard !self.isFinished else { throw ResponseBodyWriterError.alreadyFinished }
        guard buffer.readableBytes > 0 else { return }
        var body = try await self.committed()
        try await body.write(buffer)
        self.body = body
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {
        guard !self.isFinished else { throw ResponseBodyWriterError.alreadyFinished }
        let body = try await self.committed()
        self.isFinished = true
        self.body = nil
        try await body.finish(trailingHeaders)
    }

    func write(_ head: HTTPResponse, _ body: ResponseBody) async throws {
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        self.isFinished = true
        try await writer.write(response: head, body: body)
    }

    func writeInformational(_ head: HTTPResponse) async throws {
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        let result: Result<Void, any Error>
        do {
            result = .success(try await writer.writeInformationalHead(head))
        } catch {
            result = .failure(error)
        }
        self.writer = consume writer
        try result.get()
    }

    func writeWithoutBody(_ head: HTTPResponse) async throws {
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        self.isFinished = true
        try await writer.writeResponse(head)
    }

    private func committed() async throws -> any ResponseBodyWriter {
        if let body = self.body { return body }
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        let body = try await writer.writeHead(self.head)
        self.body = body
        return body
    }
}
