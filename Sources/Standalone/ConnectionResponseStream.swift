import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Writes one response to a connection.
///
/// A body that is written in one piece with a known length leaves in one write with its head, unless its end is slow to follow.
final class ConnectionResponseStream: ResponseStream {
    /// How long a complete body is buffered while its end is awaited.
    private static let longestHold = TimeAmount.milliseconds(2)

    private let transport: ConnectionTransport
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    /// The trailers that the head announces, and that are known before the body.
    private let trailers: HTTPFields
    private let logger: Logger
    private let machine: Mutex<ResponseStateMachine>
    let hasNoBody: Bool

    init(_ response: Response, isHead: Bool, _ transport: ConnectionTransport, _ logger: Logger) {
        self.transport = transport
        self.status = response.status
        var headers = response.headers
        self.trailers = headers.takeTrailers()
        self.headers = headers
        self.logger = logger
        let machine = ResponseStateMachine(response, isHead: isHead)
        self.hasNoBody = machine.hasNoBody
        self.machine = Mutex(machine)
    }

    var progress: ResponseStateMachine.Progress { self.machine.withLock { $0.progress } }

    func write(_ buffer: ByteBuffer) async throws {
        try await self.transport.exclusively {
            switch self.machine.withLock({ $0.write(buffer) }) {
            case .nothing: return
            case .refuse(let refusal): throw refusal.error
            case .buffer: self.transport.onEventLoop { self.tickDidEnd() }
            case .send(let head, let chunk, let exceeds):
                if let head { try await self.transport.begin(self.head(head)) }
                try await self.transport.write(chunk)
                if exceeds { throw ResponseBodyWriterError.contentLengthExceeded }
            }
        }
    }

    /// Mostly the end of a buffered body comes before this check.
    private func tickDidEnd() {
        guard self.machine.withLock({ $0.isBuffering }) else { return }
        self.transport.onEventLoop(after: Self.longestHold) {
            guard self.machine.withLock({ $0.isBuffering }) else { return }
            Task { await self.releaseBuffered() }
        }
    }

    private func releaseBuffered() async {
        await self.transport.exclusively {
            guard let buffered = self.machine.withLock({ $0.releaseBuffered() }) else { return }
            do {
                try await self.transport.begin(self.head(buffered.head))
                try await self.transport.write(buffered.chunk)
            } catch {
                // The client has left: the next write of the body, or its end, fails.
                self.transport.closeWhenDone()
            }
        }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {
        let trailers = self.trailers + (trailingHeaders ?? [:])
        try await self.transport.exclusively {
            switch self.machine.withLock({ $0.finish(hasTrailers: !trailers.isEmpty) }) {
            case .refuse(let refusal):
                throw refusal.error
            case .complete(let head, let body, _):
                if trailers.isEmpty { return try await self.transport.complete(self.head(head, of: body), body) }
                try await self.transport.begin(self.head(head))
                if body.readableBytes > 0 { try await self.transport.write(body) }
                try await self.transport.end(trailers)
            case .end(let missing) where missing > 0:
                ResponseStateMachine.FinishAction.logMissing(missing, self.logger)
                self.transport.closeWhenDone()
            case .end:
                try await self.transport.end(trailers.isEmpty ? nil : trailers)
            }
        }
    }

    func finishWithoutBody() async throws {
        try await self.transport.exclusively {
            guard let head = self.machine.withLock({ $0.finishWithoutBody() }) else {
                throw ResponseBodyWriterError.alreadyFinished
            }
            try await self.transport.complete(self.head(head), ByteBuffer())
        }
    }

    func discard() -> Bool { self.machine.withLock { $0.discard() } }

    func abort() async {
        await self.transport.exclusively {
            switch self.machine.withLock({ $0.abort() }) {
            case .nothing: return
            case .end: try? await self.transport.end(nil)
            case .cutShort: self.transport.closeWhenDone()
            case .sendUnavailable:
                let head = HTTPResponse(status: .serviceUnavailable, headerFields: [.contentLength: "0"])
                try? await self.transport.complete(head, ByteBuffer())
            }
        }
    }

    // MARK: Head

    /// - Parameter body: the whole body, if it is already there; nil otherwise, or if it has trailers.
    private func head(_ head: ResponseStateMachine.Head, of body: ByteBuffer? = nil) -> HTTPResponse {
        head.logCorrection(self.logger)
        var headers = self.headers
        // The framing is decided here, not by the application.
        if headers.contains(.transferEncoding) { headers[.transferEncoding] = nil }
        switch head.contentLength {
        case .keep: break
        case .remove: headers[.contentLength] = nil
        case .set(let length): headers[.contentLength] = String(length)
        }
        if !self.hasNoBody, !headers.contains(.contentLength) {
            if let body {
                headers[.contentLength] = String(body.readableBytes)
            } else if !self.transport.isHTTP2 {
                headers[.transferEncoding] = "chunked"
            }
        }
        return HTTPResponse(status: self.status, headerFields: headers)
    }
}

private func + (first: HTTPFields, second: HTTPFields) -> HTTPFields {
    if second.isEmpty { return first }
    var result = first
    result.append(contentsOf: second)
    return result
}
