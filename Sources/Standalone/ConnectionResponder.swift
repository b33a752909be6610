import HTTPTypes
import HTTPWorker
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RoadRunnerRuntime
import ServiceLifecycle

/// Answers the requests of Hummingbird's server the way a worker answers RoadRunner's.
struct ConnectionResponder: Sendable {
    private let logger: Logger
    private let options: RuntimeOptions
    private let dates = DateHeader()
    private let responder: @Sendable () async throws -> RequestResponder

    init(logger: Logger, options: RuntimeOptions, responder: @escaping @Sendable () async throws -> RequestResponder) {
        self.logger = logger
        self.options = options
        self.responder = responder
    }

    /// - Throws: when the connection has to be closed, because a response was begun and could not be completed.
    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let logger = RequestLogger.make(from: self.logger)
        let address = channel.remoteAddress
        let info = RequestInfo(
            remoteAddress: address?.ipAddress ?? "", remotePort: address?.port, protocolVersion: "HTTP/1.1",
            authority: request.head.authority ?? "")
        let body = LazyHeadWriter(writer)
        if self.options.informationalResponses != .never {
            info.offerInformational { head in try await body.writeInformational(head) }
        }
        try await withLogger(logger) { logger in
            // What was begun and could not be completed closes the connection, after the works that were put off.
            let result: Result<Void, any Error>
            do {
                result = .success(try await self.answer(request, info, body, logger))
            } catch {
                result = .failure(error)
            }
            if let work = AfterResponse(info) {
                await work.perform(
                    deadline: self.options.afterResponseDeadline, ending: { try? await gracefulShutdown() },
                    grace: self.options.stopDeadline / 2, logger)
            }
            try result.get()
        }
    }

    private func answer(_ request: Request, _ info: RequestInfo, _ body: LazyHeadWriter, _ logger: Logger) async throws {
        let responder: RequestResponder
        do {
            responder = try await self.responder()
        } catch {
            logger.error("the kernel could not be built: \(error)")
            let response = ErrorAnswer.response(
                .serviceUnavailable, for: error, while: "booting", request: request, isDebug: self.options.isDebug)
            return try await body.write(response.head, response.body)
        }
        try await responder.withDumps {
            var response = await responder.respond(to: request, info: info, logger: logger)
            info.endInformational()
            response.headers[.date] = self.dates.value
            try await self.send(response, to: request, responder, body, logger)
        }
    }

    private func send(
        _ response: Response, to request: Request, _ responder: RequestResponder, _ writer: LazyHeadWriter, _ logger: Logger
    ) async throws {
        var response = response
        let code = response.status.code
        guard request.method != .head, code != 204, code != 304 else {
            if code == 204 { response.headers[.contentLength] = nil }
            try await writer.writeWithoutBody(response.head)
            return
        }
        if let length = response.body.contentLength {
            // A head and a buffer leave in one write.
            response.headers[.contentLength] = String(length)
            try await writer.write(response.head, response.body)
            return
        }
        writer.head = response.head
        do {
            try await response.body.write(writer)
            if !writer.isFinished { try await writer.finish(nil) }
        } catch {
            guard !writer.isCommitted else {
                logger.error("the body failed: \(error)", metadata: ["rr.phase": "streaming"])
                throw error
            }
            let failure = await responder.failure(
                error, request, phase: "streaming the body, before its first bytes", logger)
            try await writer.write(failure.head, failure.body)
        }
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
