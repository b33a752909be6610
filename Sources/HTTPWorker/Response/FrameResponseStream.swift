import Goridge
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import Synchronization

/// Turns one response into frames.
///
/// A body that is written in one piece with a known length becomes one frame; it is buffered at most until the loop's tick ends.
/// Any other body becomes a stream. The stream keeps that piece, and not the loop, since the head is encoded only when it is known
/// whether the body is complete.
final class FrameResponseStream: ResponseStream, TickObserver {
    /// RoadRunner collects a whole frame in memory, in buffers of up to 10 MiB; longer bodies are streamed.
    private static let largestSingleFrame = 10 * 1024 * 1024
    /// The largest piece of a streamed body in one frame.
    private static let largestChunk = 256 * 1024
    /// The room for a head that is written in place.
    private static let headBound = 2048

    private let responder: PayloadResponder
    private let status: Int
    private let headers: HTTPFields
    private let logger: Logger
    private let machine: Mutex<ResponseStateMachine>
    let hasNoBody: Bool

    init(_ response: Response, isHead: Bool, _ responder: PayloadResponder, _ logger: Logger) {
        self.responder = responder
        self.status = response.status.code
        self.headers = response.headers
        self.logger = logger
        let machine = ResponseStateMachine(response, isHead: isHead, largestBuffered: Self.largestSingleFrame)
        self.hasNoBody = machine.hasNoBody
        self.machine = Mutex(machine)
    }

    var progress: ResponseStateMachine.Progress { self.machine.withLock { $0.progress } }

    func write(_ buffer: ByteBuffer) async throws {
        switch self.machine.withLock({ $0.write(buffer) }) {
        case .nothing: return
        case .refuse(let refusal): throw refusal.error
        case .buffer: self.responder.atEndOfTick(self)
        case .send(nil, let chunk, exceeds: false) where self.responder.isOnLoop && chunk.readableBytes <= Self.largestChunk:
            let decision: WriteBackpressure.Decision
            do {
                decision = try self.responder.writeOnLoop(chunk)
            } catch let error as PayloadResponderError where error.code == .alreadyFinished {
                throw ResponseBodyWriterError.alreadyFinished
            }
            // Mostly there is nothing to wait for.
            if decision != .proceed { try await self.responder.wait(decision) }
        case .send(var head, var buffer, let exceeds):
            while let chunk = buffer.readSlice(length: min(buffer.readableBytes, Self.largestChunk)), chunk.readableBytes > 0 {
                if let due = head {
                    head = nil
                    try await self.translate { try await self.responder.write(body: chunk) { self.encode(due, into: &$0) } }
                } else {
                    try await self.translate { try await self.responder.write(body: chunk) }
                }
            }
            if exceeds { throw ResponseBodyWriterError.contentLengthExceeded }
        }
    }

    func tickDidEnd() {
        guard let buffered = self.machine.withLock({ $0.releaseBuffered() }) else { return }
        self.responder.writeAtEndOfTick(body: buffered.chunk) { self.encode(buffered.head, into: &$0) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {
        let trailers = trailingHeaders.flatMap { $0.isEmpty ? nil : $0 }
        switch self.machine.withLock({ $0.finish(hasTrailers: trailers != nil) }) {
        case .refuse(let refusal):
            throw refusal.error
        case .complete(let head, let body, let wasBuffered):
            if wasBuffered { self.responder.cancelEndOfTick() }
            if trailers == nil, self.finishInPlace(head, body) { return }
            try await self.translate {
                try await self.responder.finish(body: body) {
                    self.encode(head, into: &$0)
                    if let trailers { HTTPResponseEncoder.encodeTrailers(trailers, into: &$0) }
                }
            }
        case .end(let missing):
            // RoadRunner notices the missing bytes, and closes the client's connection.
            if missing > 0 { ResponseStateMachine.FinishAction.logMissing(missing, self.logger) }
            try await self.translate {
                try await self.responder.finish {
                    guard let trailers else { return }
                    HTTPResponseEncoder.encode(status: self.status, trailers: trailers, into: &$0)
                }
            }
        }
    }

    /// Writes the usual response in place: a simple head and a small body.
    private func finishInPlace(_ head: ResponseStateMachine.Head, _ body: ByteBuffer) -> Bool {
        // Corrections are logged on the other path.
        guard head.corrected == nil else { return false }
        return self.responder.finishInPlace(bound: Self.headBound, body: body) {
            HTTPResponseEncoder.encodePlain(status: self.status, self.headers, contentLength: head.contentLength, into: $0)
        }
    }

    func finishWithoutBody() async throws {
        guard let head = self.machine.withLock({ $0.finishWithoutBody() }) else { throw ResponseBodyWriterError.alreadyFinished }
        if self.finishInPlace(head, ByteBuffer()) { return }
        try await self.translate { try await self.responder.finish { self.encode(head, into: &$0) } }
    }

    func discard() -> Bool { self.machine.withLock { $0.discard() } }

    func abort() async {
        switch self.machine.withLock({ $0.abort() }) {
        case .nothing: return
        case .end, .cutShort: try? await self.responder.finish()
        // To the client a frame without a head would be an empty 200.
        case .sendUnavailable:
            try? await self.responder.finish { HTTPResponseEncoder.encode(status: 503, [:], contentLength: .keep, into: &$0) }
        }
    }

    private func encode(_ head: ResponseStateMachine.Head, into buffer: inout ByteBuffer) {
        head.logCorrection(self.logger)
        HTTPResponseEncoder.encode(status: self.status, self.headers, contentLength: head.contentLength, into: &buffer)
    }

    private func translate(_ send: () async throws -> Void) async throws {
        do {
            try await send()
        } catch let error as PayloadResponderError where error.code == .alreadyFinished {
            throw ResponseBodyWriterError.alreadyFinished
        }
    }
}
