import Goridge
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import Synchronization

/// A body writer that was used after its end.
public struct ResponseBodyWriterError: Error, Hashable, CustomStringConvertible {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case alreadyFinished, contentLengthExceeded }
        private let kind: Kind

        /// The body was finished already, or its handler has returned.
        public static let alreadyFinished = Code(kind: .alreadyFinished)
        /// More was written than `Content-Length` had announced; the client has got as much as was announced.
        public static let contentLengthExceeded = Code(kind: .contentLengthExceeded)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code

    package static let alreadyFinished = ResponseBodyWriterError(code: .alreadyFinished)

    public var description: String {
        switch self.code {
        case .contentLengthExceeded:
            "more was written to the body than the response's Content-Length announces; the rest is not sent"
        default:
            "the response is complete: its body was finished, or its handler has returned; nothing more can be written"
        }
    }
}

/// Turns one response into frames: what a body writes, with the head before its first bytes.
///
/// A body of known length that writes all of it at once becomes one frame. Any other becomes a stream: the head goes with the
/// first chunk, so that an error before it can still become a proper answer.
final class ResponseStream: ResponseBodyWriter, TurnObserver, @unchecked Sendable {
    /// RoadRunner gathers a whole frame in memory, in buffers of up to 10 MiB; longer bodies are streamed.
    private static let largestSingleFrame = 10 * 1024 * 1024
    /// The largest piece of a streamed body in one frame.
    private static let largestChunk = 256 * 1024

    private enum State {
        case untouched
        /// The whole body was written and waits for the end, to leave in one frame with it.
        case held(ByteBuffer)
        case streaming
        case finished
    }

    private struct Progress {
        var state = State.untouched
        /// How much may still be written; nil when the length is not known.
        var remaining: Int?
    }

    private let reply: PayloadResponder
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    /// What the application says is the length.
    private let announcedLength: String?
    private let bodyLength: Int?
    /// Trailers need an answer without a length.
    private let hasTrailers: Bool
    private let logger: Logger
    private let progress: Mutex<Progress>

    init(_ response: Response, _ reply: PayloadResponder, _ logger: Logger) {
        self.reply = reply
        self.status = response.status
        self.headers = response.headers
        self.announcedLength = response.headers.first { $0.name == .contentLength }?.value
        self.bodyLength = response.body.contentLength
        self.hasTrailers = response.headers.contains(.trailer)
        self.logger = logger
        let remaining = response.body.contentLength ?? self.announcedLength.flatMap { Int($0) }
        self.progress = Mutex(Progress(remaining: remaining.map { max(0, $0) }))
    }

    /// Whether the head has been sent, so that it is too late for another answer.
    var isCommitted: Bool {
        self.progress.withLock {
            switch $0.state {
            case .streaming, .finished: true
            case .untouched, .held: false
            }
        }
    }

    var isFinished: Bool {
        self.progress.withLock { if case .finished = $0.state { true } else { false } }
    }

    // MARK: Writing

    private enum WriteAction {
        case hold
        /// Send these bytes; `head` first, when it is due.
        case send([ByteBuffer], sendsHead: Bool, exceeds: Bool)
        case nothing
        case refuse
    }

    func write(_ buffer: ByteBuffer) async throws {
        switch self.progress.withLock({ Self.write(buffer, bodyLength: self.bodyLength, &$0) }) {
        case .nothing: return
        case .refuse: throw ResponseBodyWriterError.alreadyFinished
        case .hold: self.reply.atEndOfTurn(self)
        case .send(let buffers, var sendsHead, let exceeds):
            for var buffer in buffers {
                while let chunk = buffer.readSlice(length: min(buffer.readableBytes, Self.largestChunk)), chunk.readableBytes > 0
                {
                    if sendsHead {
                        try await self.translate { try await self.reply.write(body: chunk) { self.encodeHead(into: &$0) } }
                        sendsHead = false
                    } else {
                        try await self.translate { try await self.reply.write(body: chunk) }
                    }
                }
            }
            if exceeds { throw ResponseBodyWriterError(code: .contentLengthExceeded) }
        }
    }

    private static func write(_ buffer: ByteBuffer, bodyLength: Int?, _ progress: inout Progress) -> WriteAction {
        guard buffer.readableBytes > 0 else { return .nothing }
        var buffer = buffer
        var exceeds = false
        if let remaining = progress.remaining {
            exceeds = buffer.readableBytes > remaining
            if exceeds {
                guard let rest = buffer.readSlice(length: remaining) else { return .refuse }
                buffer = rest
            }
            progress.remaining = remaining - buffer.readableBytes
        }
        switch progress.state {
        case .finished:
            return .refuse
        case .untouched where buffer.readableBytes == 0:
            // Not one byte may be sent: it is early enough for another answer.
            return .send([], sendsHead: false, exceeds: true)
        case .untouched:
            if !exceeds, buffer.readableBytes == bodyLength, buffer.readableBytes <= Self.largestSingleFrame {
                progress.state = .held(buffer)
                return .hold
            }
            progress.state = .streaming
            return .send([buffer], sendsHead: true, exceeds: exceeds)
        case .held(let held):
            progress.state = .streaming
            return .send([held, buffer], sendsHead: true, exceeds: exceeds)
        case .streaming:
            return .send([buffer], sendsHead: false, exceeds: exceeds)
        }
    }

    /// The body has written everything and then waits for something: the client need not wait with it.
    func turnEnded() {
        let held = self.progress.withLock { progress -> ByteBuffer? in
            guard case .held(let buffer) = progress.state else { return nil }
            progress.state = .streaming
            return buffer
        }
        guard let held else { return }
        self.reply.writeAtEndOfTurn(body: held) { self.encodeHead(into: &$0) }
    }

    // MARK: Finishing

    private enum FinishAction {
        /// Head and body in one frame.
        case single(ByteBuffer)
        case terminal(missing: Int)
        case refuse
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {
        let action = self.progress.withLock { progress -> FinishAction in
            let state = progress.state
            progress.state = .finished
            switch state {
            case .finished: return .refuse
            case .untouched: return .single(ByteBuffer())
            case .held(let buffer):
                self.reply.cancelEndOfTurn()
                return .single(buffer)
            case .streaming: return .terminal(missing: progress.remaining ?? 0)
            }
        }
        switch action {
        case .refuse:
            throw ResponseBodyWriterError.alreadyFinished
        case .single(let body):
            try await self.translate {
                try await self.reply.finish(body: body) {
                    self.encodeHead(bodyLength: body.readableBytes, trailingHeaders, into: &$0)
                }
            }
        case .terminal(let missing):
            if missing > 0 {
                self.logger.error(
                    "the body is \(missing) bytes shorter than its Content-Length; the client sees a broken answer",
                    metadata: ["rr.phase": "streaming"])
            }
            try await self.translate {
                try await self.reply.finish {
                    guard let trailingHeaders, !trailingHeaders.isEmpty else { return }
                    HTTPResponseEncoder.encode(status: self.status.code, trailers: trailingHeaders, into: &$0)
                }
            }
        }
    }

    /// Sends the head alone, for answers that have no body.
    func finishWithoutBody() async throws {
        self.progress.withLock { $0.state = .finished }
        // 204 must not have a length; that of HEAD and 304 is the length that GET would answer.
        let length: HTTPResponseEncoder.ContentLength = self.status == .noContent ? .remove : .keep
        try await self.translate {
            try await self.reply.finish {
                HTTPResponseEncoder.encode(
                    status: self.status.code, self.headers, contentLength: length, into: &$0)
            }
        }
    }

    /// Forgets what was written: another answer takes this one's place. Possible until ``isCommitted``.
    func discard() { self.progress.withLock { $0.state = .finished } }

    /// Ends what was begun, after an error.
    func abort() async {
        let wasFinished = self.progress.withLock { progress -> Bool in
            defer { progress.state = .finished }
            if case .finished = progress.state { return true }
            return false
        }
        if !wasFinished { try? await self.reply.finish() }
    }

    // MARK: Head

    private func encodeHead(into buffer: inout ByteBuffer) {
        HTTPResponseEncoder.encode(
            status: self.status.code, self.headers,
            contentLength: self.bodyLength.map { self.contentLength($0) } ?? (self.hasTrailers ? .remove : .keep), into: &buffer)
    }

    private func encodeHead(bodyLength: Int, _ trailers: HTTPFields?, into buffer: inout ByteBuffer) {
        if let trailers, !trailers.isEmpty {
            HTTPResponseEncoder.encode(
                status: self.status.code, self.headers, contentLength: .remove, into: &buffer)
            HTTPResponseEncoder.encodeTrailers(trailers, into: &buffer)
        } else {
            HTTPResponseEncoder.encode(
                status: self.status.code, self.headers, contentLength: self.contentLength(bodyLength),
                into: &buffer)
        }
    }

    /// Go drops a body that is longer than its announced length altogether, so that a wrong one is put right.
    private func contentLength(_ length: Int) -> HTTPResponseEncoder.ContentLength {
        if self.hasTrailers { return .remove }
        // Without body and length there is nothing to say: Go answers Content-Length: 0.
        guard let announced = self.announcedLength else { return length == 0 ? .keep : .set(length) }
        if announced == String(length) { return .keep }
        self.logger.warning(
            "the response says Content-Length: \(announced), its body has \(length) bytes; corrected",
            metadata: ["rr.phase": "before head"])
        return .set(length)
    }

    private func translate(_ send: () async throws -> Void) async throws {
        do { try await send() } catch PayloadResponderError.alreadyFinished { throw ResponseBodyWriterError.alreadyFinished }
    }
}

/// Takes the body of an answer that has none, such as that of HEAD.
struct DiscardingBodyWriter: ResponseBodyWriter {
    private var isUsed = false

    /// The first chunk is swallowed; a body that goes on is told that nobody listens.
    mutating func write(_ buffer: ByteBuffer) async throws {
        if self.isUsed { throw CancellationError() }
        self.isUsed = true
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
