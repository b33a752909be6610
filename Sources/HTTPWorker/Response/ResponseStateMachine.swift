package import Hummingbird
package import NIOCore

/// Decides what the client receives of one response: its head, its length, its body, its end. A value without I/O.
///
/// The head is sent with the first chunk, so until then another response can replace this one. A body that is written in one
/// piece with a known length is buffered until it is finished, or until its transport cannot wait any longer: then head, body and
/// end are sent together.
package struct ResponseStateMachine: Sendable {
    private enum State {
        /// Nothing was written.
        case untouched
        /// The whole body was written and waits for its end.
        case buffered(ByteBuffer)
        /// More was written than announced, before anything was sent.
        case overflowed
        /// The head was sent.
        case streaming
        case finished
        /// Another response replaces this one.
        case discarded
    }

    private let status: Int
    private let isHead: Bool
    private let announced: AnnouncedLength
    /// The body's own length; nil when it is not known before its end.
    private let bodyLength: Int?
    private let largestBuffered: Int
    private var state = State.untouched
    /// The number of bytes that may still be written; nil when the length is not known.
    private var remaining: Int?
    private var isShort = false

    /// - Parameters:
    ///   - isHead: whether the request's method is HEAD.
    ///   - largestBuffered: the longest body that is buffered, in bytes.
    package init(_ response: Response, isHead: Bool, largestBuffered: Int = .max) {
        self.init(
            status: response.status.code, isHead: isHead, AnnouncedLength(response.headers),
            bodyLength: response.body.contentLength, largestBuffered: largestBuffered)
    }

    init(status: Int, isHead: Bool, _ announced: AnnouncedLength, bodyLength: Int?, largestBuffered: Int = .max) {
        self.status = status
        self.isHead = isHead
        self.announced = announced
        self.bodyLength = bodyLength.map { max(0, $0) }
        self.largestBuffered = largestBuffered
        self.remaining = self.bodyLength ?? announced.number
    }

    /// Whether the response never has a body: one to HEAD, a 204 or a 304.
    package var hasNoBody: Bool { self.isHead || self.status == 204 || self.status == 304 }

    /// Whether the head was sent, so it is too late for another response.
    package var isCommitted: Bool {
        switch self.state {
        case .streaming, .finished: true
        case .untouched, .buffered, .overflowed, .discarded: false
        }
    }

    package var isBuffering: Bool { if case .buffered = self.state { true } else { false } }

    /// The progress of a response.
    package enum Progress: Sendable {
        case unfinished
        case finished
        /// The end was sent, or the connection closed, but bytes that the head announced are missing.
        case cutShort
    }

    package var progress: Progress {
        guard case .finished = self.state else { return .unfinished }
        return self.isShort ? .cutShort : .finished
    }

    // MARK: Actions

    /// The change to the head's `Content-Length`.
    package enum ContentLength: Sendable, Hashable {
        /// The response's own, if it has one.
        case keep
        case remove
        case set(Int)
    }

    /// The changes to the head.
    package struct Head: Sendable, Hashable {
        package var contentLength: ContentLength
        /// The length that the response had announced, if it was wrong.
        package var corrected: String?
    }

    /// The reason why nothing can be written.
    package enum Refusal: Sendable, Hashable {
        case alreadyFinished
        case contentLengthExceeded
        /// Another response replaces this one.
        case discarded

        package var error: any Error {
            switch self {
            case .alreadyFinished: ResponseBodyWriterError.alreadyFinished
            case .contentLengthExceeded: ResponseBodyWriterError.contentLengthExceeded
            case .discarded: CancellationError()
            }
        }
    }

    package enum WriteAction: Sendable, Hashable {
        case nothing
        /// Call ``releaseBuffered()`` for the buffered chunk unless its end follows soon.
        case buffer
        /// Send these bytes, with `head` first if it is due. If they exceed the length, report that to the writer afterwards.
        case send(head: Head?, ByteBuffer, exceeds: Bool)
        case refuse(Refusal)
    }

    package enum FinishAction: Sendable, Hashable {
        /// Send head, body and end together. `wasBuffered`: the body need not be released any more.
        case complete(Head, ByteBuffer, wasBuffered: Bool)
        /// Send the end. If bytes are missing, the client must see that the body is cut short.
        case end(missing: Int)
        case refuse(Refusal)
    }

    package enum AbortAction: Sendable, Hashable {
        case nothing
        /// Nothing was sent: send the head of a 503, and no body.
        case sendUnavailable
        /// The client has everything that was announced: send the end.
        case end
        /// End the body at this point.
        case cutShort
    }

    // MARK: Events

    package mutating func write(_ buffer: ByteBuffer) -> WriteAction {
        guard buffer.readableBytes > 0 else { return .nothing }
        switch self.state {
        case .finished: return .refuse(.alreadyFinished)
        case .discarded: return .refuse(.discarded)
        case .overflowed: return .refuse(.contentLengthExceeded)
        case .untouched, .buffered, .streaming: break
        }
        var chunk = buffer
        var exceeds = false
        if let remaining {
            exceeds = chunk.readableBytes > remaining
            if exceeds {
                guard case .streaming = self.state else {
                    // It is early enough for another response.
                    self.state = .overflowed
                    return .refuse(.contentLengthExceeded)
                }
                guard remaining > 0, let rest = chunk.readSlice(length: remaining) else { return .refuse(.contentLengthExceeded) }
                chunk = rest
            }
            self.remaining = remaining - chunk.readableBytes
        }
        if case .streaming = self.state { return .send(head: nil, chunk, exceeds: exceeds) }
        if chunk.readableBytes == self.bodyLength, chunk.readableBytes <= self.largestBuffered {
            self.state = .buffered(chunk)
            return .buffer
        }
        self.state = .streaming
        return .send(head: self.streamHead, chunk, exceeds: exceeds)
    }

    /// Stops waiting for the end of a buffered body: returns it for sending.
    package mutating func releaseBuffered() -> (head: Head, chunk: ByteBuffer)? {
        guard case .buffered(let chunk) = self.state else { return nil }
        self.state = .streaming
        return (self.streamHead, chunk)
    }

    package mutating func finish(hasTrailers: Bool = false) -> FinishAction {
        switch self.state {
        case .finished: return .refuse(.alreadyFinished)
        case .discarded: return .refuse(.discarded)
        case .overflowed: return .refuse(.contentLengthExceeded)
        case .untouched:
            self.state = .finished
            return .complete(self.head(bodyLength: 0, hasTrailers: hasTrailers), ByteBuffer(), wasBuffered: false)
        case .buffered(let chunk):
            self.state = .finished
            return .complete(self.head(bodyLength: chunk.readableBytes, hasTrailers: hasTrailers), chunk, wasBuffered: true)
        case .streaming:
            self.state = .finished
            let missing = self.remaining ?? 0
            self.isShort = missing > 0
            return .end(missing: missing)
        }
    }

    /// Sends the head of a response that ``hasNoBody``.
    ///
    /// - Returns: nil when it is too late.
    package mutating func finishWithoutBody() -> Head? {
        guard case .untouched = self.state else { return nil }
        self.state = .finished
        return Head(contentLength: self.lengthWithoutBody)
    }

    /// Discards what was written: another response replaces this one.
    ///
    /// - Returns: false when the head was sent.
    package mutating func discard() -> Bool {
        guard !self.isCommitted else { return false }
        self.state = .discarded
        return true
    }

    /// Abandons the response.
    package mutating func abort() -> AbortAction {
        switch self.state {
        case .finished, .discarded: return .nothing
        case .untouched, .buffered, .overflowed:
            self.state = .finished
            return .sendUnavailable
        case .streaming:
            self.state = .finished
            self.isShort = self.remaining != 0
            return self.isShort ? .cutShort : .end
        }
    }

    // MARK: Lengths

    private var streamHead: Head {
        if let bodyLength { return self.head(bodyLength: bodyLength, hasTrailers: false) }
        if self.announced.hasTrailers { return Head(contentLength: .remove) }
        switch self.announced.value {
        case .none, .number(isAsWritten: true, _): return Head(contentLength: .keep)
        case .number(isAsWritten: false, let number): return Head(contentLength: .set(number))
        // An invalid length says nothing.
        case .invalid(let text): return Head(contentLength: .remove, corrected: text)
        }
    }

    /// Corrects a wrong length while that is possible: clients would wait for missing bytes, or drop the rest.
    private func head(bodyLength: Int, hasTrailers: Bool) -> Head {
        // Trailers need a body without a length.
        if hasTrailers || self.announced.hasTrailers { return Head(contentLength: .remove) }
        switch self.announced.value {
        // An empty body needs no length.
        case .none: return Head(contentLength: bodyLength == 0 ? .keep : .set(bodyLength))
        case .number(isAsWritten: true, bodyLength): return Head(contentLength: .keep)
        case .number(_, bodyLength): return Head(contentLength: .set(bodyLength))
        case .number(_, let number): return Head(contentLength: .set(bodyLength), corrected: String(number))
        case .invalid(let text): return Head(contentLength: .set(bodyLength), corrected: text)
        }
    }

    /// The length of the response to GET, if it is known.
    private var lengthWithoutBody: ContentLength {
        // A 204 must not have one.
        if self.status == 204 || self.announced.hasTrailers { return .remove }
        if let bodyLength, bodyLength > 0 {
            return self.announced.value == .number(isAsWritten: true, bodyLength) ? .keep : .set(bodyLength)
        }
        switch self.announced.value {
        case .none: return .keep
        // Hummingbird announces 0 for every response without a body, even if the response to GET is a stream.
        case .number(_, 0) where self.bodyLength == 0: return .remove
        case .number(isAsWritten: true, _): return .keep
        case .number(isAsWritten: false, let number): return .set(number)
        case .invalid: return .remove
        }
    }
}
