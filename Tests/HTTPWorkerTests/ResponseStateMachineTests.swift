import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTPWorker

private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0x61, count: count) }

private typealias Head = ResponseStateMachine.Head

private func machine(
    status: Int = 200, isHead: Bool = false, _ announced: AnnouncedLength.Value = .none, length: Int? = nil,
    trailers: Bool = false
) -> ResponseStateMachine {
    ResponseStateMachine(
        status: status, isHead: isHead, AnnouncedLength(announced, hasTrailers: trailers), bodyLength: length,
        largestBuffered: 100)
}

@Suite struct ResponseStateMachineTests {
    @Test func theHeadGoesWithTheFirstChunk() {
        var stream = machine()
        #expect(stream.write(ByteBuffer()) == .nothing)
        #expect(!stream.isCommitted)
        #expect(stream.write(bytes(3)) == .send(head: Head(contentLength: .keep), bytes(3), exceeds: false))
        #expect(stream.isCommitted)
        #expect(stream.write(bytes(4)) == .send(head: nil, bytes(4), exceeds: false))
        #expect(stream.finish() == .end(missing: 0))
        #expect(stream.progress == .finished)
        #expect(stream.write(bytes(1)) == .refuse(.alreadyFinished))
        #expect(stream.finish() == .refuse(.alreadyFinished))
    }

    @Test func aCompleteBodyIsBufferedAndSentAtOnce() {
        var whole = machine(length: 5)
        #expect(whole.write(bytes(5)) == .buffer)
        #expect(whole.isBuffering)
        #expect(!whole.isCommitted)
        #expect(whole.finish() == .complete(Head(contentLength: .set(5)), bytes(5), wasBuffered: true))
        // The end of the body is late.
        var released = machine(length: 5)
        _ = released.write(bytes(5))
        #expect(released.releaseBuffered().map { [$0.head.contentLength] } == [.set(5)])
        #expect(released.releaseBuffered() == nil)
        #expect(released.isCommitted)
        #expect(released.finish() == .end(missing: 0))
        // The body is too large to be buffered.
        var large = machine(length: 200)
        #expect(large.write(bytes(200)) == .send(head: Head(contentLength: .set(200)), bytes(200), exceeds: false))
    }

    @Test func bytesBeyondTheAnnouncedLengthAreCut() {
        var cut = machine(.number(isAsWritten: true, 5))
        _ = cut.write(bytes(3))
        #expect(cut.write(bytes(5)) == .send(head: nil, bytes(2), exceeds: true))
        #expect(cut.write(bytes(1)) == .refuse(.contentLengthExceeded))
        #expect(cut.finish() == .end(missing: 0))
    }

    @Test(arguments: [nil, 5]) func tooManyBytesBeforeTheHeadAreAnError(_ length: Int?) {
        var first = machine(.number(isAsWritten: true, 5), length: length)
        #expect(first.write(bytes(8)) == .refuse(.contentLengthExceeded))
        #expect(!first.isCommitted)
        // Also if the body ignores the error.
        #expect(first.finish() == .refuse(.contentLengthExceeded))
        #expect(first.discard() == true)
        var buffered = machine(length: 5)
        _ = buffered.write(bytes(5))
        #expect(buffered.write(bytes(1)) == .refuse(.contentLengthExceeded))
        #expect(!buffered.isCommitted)
    }

    @Test func bytesShortOfTheAnnouncedLengthAreMissing() {
        var short = machine(.number(isAsWritten: true, 50))
        _ = short.write(bytes(3))
        #expect(short.finish() == .end(missing: 47))
        #expect(short.progress == .cutShort)
        // Nothing was sent, so the length is corrected.
        var none = machine(.number(isAsWritten: true, 50))
        #expect(none.finish() == .complete(Head(contentLength: .set(0), corrected: "50"), ByteBuffer(), wasBuffered: false))
    }

    @Test func lengthsOfHeadsWithABody() {
        func length(_ announced: AnnouncedLength.Value, _ length: Int?, trailers: Bool = false) -> Head? {
            var stream = machine(announced, length: length, trailers: trailers)
            guard case .send(let head, _, _) = stream.write(bytes(1)) else { return nil }
            return head
        }
        #expect(length(.none, nil) == Head(contentLength: .keep))
        #expect(length(.none, 9) == Head(contentLength: .set(9)))
        #expect(length(.number(isAsWritten: true, 9), nil) == Head(contentLength: .keep))
        #expect(length(.number(isAsWritten: false, 9), nil) == Head(contentLength: .set(9)))
        #expect(length(.number(isAsWritten: true, 9), 9) == Head(contentLength: .keep))
        #expect(length(.number(isAsWritten: true, 3), 9) == Head(contentLength: .set(9), corrected: "3"))
        #expect(length(.invalid("abc"), nil) == Head(contentLength: .remove, corrected: "abc"))
        #expect(length(.invalid("abc"), 9) == Head(contentLength: .set(9), corrected: "abc"))
        #expect(length(.number(isAsWritten: true, 9), 9, trailers: true) == Head(contentLength: .remove))
        var late = machine(length: 1)
        _ = late.write(bytes(1))
        #expect(late.finish(hasTrailers: true) == .complete(Head(contentLength: .remove), bytes(1), wasBuffered: true))
    }

    @Test func lengthsOfHeadsWithoutABody() {
        func length(_ status: Int, isHead: Bool, _ announced: AnnouncedLength.Value, _ length: Int?)
            -> ResponseStateMachine.ContentLength?
        {
            var head = machine(status: status, isHead: isHead, announced, length: length)
            #expect(head.hasNoBody)
            let action = head.finishWithoutBody()
            #expect(head.isCommitted)
            #expect(head.finishWithoutBody() == nil)
            return action?.contentLength
        }
        for (status, isHead) in [(200, true), (304, false), (304, true)] {
            #expect(length(status, isHead: isHead, .none, nil) == .keep)
            #expect(length(status, isHead: isHead, .number(isAsWritten: true, 7), nil) == .keep)
            #expect(length(status, isHead: isHead, .number(isAsWritten: true, 7), 0) == .keep)
            #expect(length(status, isHead: isHead, .number(isAsWritten: true, 0), 0) == .remove)
            #expect(length(status, isHead: isHead, .number(isAsWritten: true, 3), 5) == .set(5))
            #expect(length(status, isHead: isHead, .invalid("abc"), nil) == .remove)
        }
        #expect(length(204, isHead: false, .number(isAsWritten: true, 0), 0) == .remove)
        #expect(length(204, isHead: true, .number(isAsWritten: true, 5), 5) == .remove)
    }

    @Test func abortingBeforeTheHeadIs503() {
        var untouched = machine()
        #expect(untouched.abort() == .sendUnavailable)
        #expect(untouched.abort() == .nothing)
        var buffered = machine(length: 1)
        _ = buffered.write(bytes(1))
        #expect(buffered.abort() == .sendUnavailable)
        var streaming = machine()
        _ = streaming.write(bytes(1))
        #expect(streaming.abort() == .cutShort)
        #expect(streaming.progress == .cutShort)
        // The client has the announced number of bytes.
        var whole = machine(.number(isAsWritten: true, 1))
        _ = whole.write(bytes(1))
        #expect(whole.abort() == .end)
        #expect(whole.progress == .finished)
    }

    @Test func aDiscardedResponseSendsNothingMore() {
        var late = machine(length: 3)
        _ = late.write(bytes(3))
        #expect(late.discard() == true)
        #expect(late.discard() == true)
        #expect(late.releaseBuffered() == nil)
        #expect(late.write(bytes(1)) == .refuse(.discarded))
        #expect(late.finish() == .refuse(.discarded))
        #expect(late.abort() == .nothing)
        var streaming = machine()
        _ = streaming.write(bytes(1))
        #expect(streaming.discard() == false)
    }

    @Test(
        arguments: [
            (["5"], .number(isAsWritten: true, 5)), (["0"], .number(isAsWritten: true, 0)),
            (["05"], .number(isAsWritten: false, 5)),
            (["5", "5"], .number(isAsWritten: false, 5)), (["5", "6"], .invalid("6")), (["+5"], .invalid("+5")),
            (["-5"], .invalid("-5")), (["5, 5"], .invalid("5, 5")), ([""], .invalid("")), ([], .none),
            (["99999999999999999999"], .invalid("99999999999999999999")), (["٣"], .invalid("٣")),
        ] as [([String], AnnouncedLength.Value)])
    func announcedLengths(_ lines: [String], _ value: AnnouncedLength.Value) {
        var headers = HTTPFields()
        for line in lines { headers.append(HTTPField(name: .contentLength, value: line)) }
        #expect(AnnouncedLength(headers).value == value)
    }

    /// Whatever calls a body makes, the client gets one head, no byte before it or beyond its length, and an end that reports a
    /// missing part.
    @Test func randomBodiesNeverBreakTheInvariants() {
        var random = SeededGenerator.forTest()
        for _ in 0..<20_000 {
            var client = ClientModel(&random)
            for _ in 0..<Int.random(in: 1...8, using: &random) { client.step(&random) }
            client.check(random)
        }
    }
}

/// The possible observations of one response's client.
private struct ClientModel {
    private var machine: ResponseStateMachine
    private let announced: AnnouncedLength.Value
    private let bodyLength: Int?
    private var heads = 0
    private var length: Int?
    private var received = 0
    private var ends = 0
    private var isReplaced = false
    private var isHonest = true

    init(_ random: inout SeededGenerator) {
        let values: [AnnouncedLength.Value] = [
            .none, .none, .number(isAsWritten: true, Int.random(in: 0...6, using: &random)),
            .number(isAsWritten: false, Int.random(in: 0...6, using: &random)), .invalid("x"),
        ]
        self.announced = values[Int.random(in: 0..<values.count, using: &random)]
        self.bodyLength = Bool.random(using: &random) ? Int.random(in: 0...6, using: &random) : nil
        self.machine = ResponseStateMachine(
            status: 200, isHead: false, AnnouncedLength(self.announced, hasTrailers: Int.random(in: 0..<8, using: &random) == 0),
            bodyLength: self.bodyLength, largestBuffered: 4)
    }

    private mutating func receive(_ head: ResponseStateMachine.Head) {
        #expect(self.ends == 0 && !self.isReplaced)
        self.heads += 1
        switch head.contentLength {
        case .keep: if case .number(_, let number) = self.announced { self.length = number }
        case .remove: self.length = nil
        case .set(let length): self.length = length
        }
    }

    private mutating func receive(_ chunk: ByteBuffer) {
        #expect(self.heads == 1 && self.ends == 0)
        self.received += chunk.readableBytes
    }

    mutating func step(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
            if case .send(let head, let chunk, _) = self.machine.write(bytes(Int.random(in: 0...5, using: &random))) {
                if let head { self.receive(head) }
                self.receive(chunk)
            }
        case 5:
            if let buffered = self.machine.releaseBuffered() {
                self.receive(buffered.head)
                self.receive(buffered.chunk)
            }
        case 6, 7:
            let hasTrailers = Bool.random(using: &random)
            switch self.machine.finish(hasTrailers: hasTrailers) {
            case .complete(let head, let body, _):
                self.receive(head)
                if body.readableBytes > 0 { self.receive(body) }
                self.ends += 1
            case .end(let missing):
                self.ends += 1
                self.isHonest = missing == 0
            case .refuse: break
            }
        case 8:
            let wasSent = self.heads > 0
            let isDiscarded = self.machine.discard()
            #expect(isDiscarded == (!wasSent && self.ends == 0))
            if !wasSent, self.ends == 0 { self.isReplaced = true }
        default:
            switch self.machine.abort() {
            case .nothing: #expect(self.ends > 0 || self.isReplaced)
            case .sendUnavailable:
                #expect(self.heads == 0 && !self.isReplaced)
                self.heads += 1
                self.ends += 1
                self.length = 0
            case .end:
                self.ends += 1
            case .cutShort:
                self.ends += 1
                self.isHonest = false
            }
        }
    }

    func check(_ random: SeededGenerator) {
        #expect(self.heads <= 1 && self.ends <= 1, "\(random)")
        #expect(!self.isReplaced || self.heads == 0, "\(random)")
        guard let length else { return }
        #expect(self.received <= length, "\(random)")
        if self.ends == 1, self.isHonest { #expect(self.received == length, "\(random)") }
    }
}
