import HTTPTypes
import HTTPWorker
import HummingbirdCore
import Logging
import NIOCore
import RoadRunnerRuntime
import ServiceLifecycle
import Synchronization

/// Sends the response to one request over a connection of Hummingbird's server.
final class ConnectionTransport: ResponseTransport, @unchecked Sendable {
    private let connection: RequestConnection
    private let dates: DateHeader
    private let gate = AsyncLock()
    private let isFinal = Atomic(false)
    private let isOutOfStep = Atomic(false)
    // Both are accessed only while holding the gate.
    private var writer: ResponseWriter?
    private var body: (any ResponseBodyWriter)?

    private let limits: AfterResponse.Limits

    init(
        _ writer: consuming ResponseWriter, connection: RequestConnection, dates: DateHeader, limits: AfterResponse.Limits
    ) {
        self.writer = consume writer
        self.limits = limits
        self.connection = connection
        self.dates = dates
    }

    /// Whether the connection uses HTTP/2, where frames delimit bodies, and no header may.
    var isHTTP2: Bool { self.connection.isHTTP2 }

    var executor: (any TaskExecutor)? { nil }

    /// Whether the client waits for bytes that will not come, so the connection must be closed.
    var mustClose: Bool { self.isOutOfStep.load(ordering: .acquiring) }

    /// Cuts the body short: the connection is closed after it.
    func closeWhenDone() { self.isOutOfStep.store(true, ordering: .releasing) }

    func prepare(_ response: Response, _ logger: Logger) -> Response {
        self.isFinal.store(true, ordering: .releasing)
        var response = response
        if !response.headers.contains(.date) { response.headers[.date] = self.dates.value }
        if self.connection.isBroken, !self.isHTTP2 { response.headers[.connection] = "close" }
        return response
    }

    func perform(_ work: AfterResponse, _ logger: Logger) async {
        await work.perform(within: self.limits, shutdown: { try? await gracefulShutdown() }, logger)
    }

    func makeStream(for response: Response, isHead: Bool, _ logger: Logger) -> ConnectionResponseStream {
        ConnectionResponseStream(response, isHead: isHead, self, logger)
    }

    /// - Returns: false when the final response is next.
    func sendInformational(_ head: HTTPResponse) async throws -> Bool {
        try await self.exclusively {
            // The final response needs the gate as well: none is written between this check and the write.
            guard !self.isFinal.load(ordering: .acquiring), let writer = self.writer.take() else { return false }
            let result: Result<Void, any Error>
            do { result = .success(try await writer.writeInformationalHead(head)) } catch { result = .failure(error) }
            self.writer = consume writer
            try result.get()
            return true
        }
    }

    /// Runs `work` in a later tick of the loop.
    func onEventLoop(after delay: TimeAmount? = nil, _ work: @escaping @Sendable () -> Void) {
        let loop = self.connection.eventLoop
        if let delay { _ = loop.scheduleTask(in: delay, work) } else { loop.execute(work) }
    }

    // MARK: Writing

    func exclusively<Result>(_ work: () async throws -> Result) async rethrows -> Result { try await self.gate.withLock(work) }

    /// Sends head, body and end together.
    func complete(_ head: HTTPResponse, _ body: ByteBuffer) async throws {
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        if body.readableBytes == 0 {
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        }
    }

    func begin(_ head: HTTPResponse) async throws {
        guard let writer = self.writer.take() else { throw ResponseBodyWriterError.alreadyFinished }
        self.body = try await writer.writeHead(head)
    }

    func write(_ chunk: ByteBuffer) async throws {
        guard var body = self.body else { throw ResponseBodyWriterError.alreadyFinished }
        try await body.write(chunk)
    }

    func end(_ trailers: HTTPFields?) async throws {
        guard let body = self.body else { throw ResponseBodyWriterError.alreadyFinished }
        self.body = nil
        try await body.finish(trailers)
    }
}
