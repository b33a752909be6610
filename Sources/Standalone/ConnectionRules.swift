import HTTPWorker
import NIOCore
import NIOHTTP1

/// Enforces the rules of HTTP/1 that NIO and Hummingbird leave to the server.
///
/// * A request without a `Host`, or with an invalid one, gets 400, as does input that is not HTTP; a head that is too long gets
///   431.
/// * A client that waits for 100 before it sends a body gets it; one that expects anything else gets 417.
/// * HTTP/1.0 has neither chunks nor informational responses.
/// * A connection on which no head arrives in time is closed, however slowly its bytes arrive; so is one whose client has stopped
///   in the middle of a body that is being awaited.
/// * A connection is closed after a response that says so: its write side first, so a client that still sends can read the
///   response.
final class ConnectionRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a client may keep sending after the last response.
    private static let lingering = TimeAmount.seconds(1)

    private let timeout: TimeAmount?
    private let dates: DateHeader
    /// The requests whose responses are not complete, oldest first. Clients may pipeline several.
    private var exchanges = CircularBuffer<HTTP1Exchange>(initialCapacity: 1)
    /// The status of the last response, which is sent once those before it are complete.
    private var refusal: HTTPResponseStatus?
    /// Whether input is ignored from now on.
    private var isClosing = false
    /// When input last arrived, or the last response was completed.
    private var lastEvent = NIODeadline.now()
    /// Whether more of a request is being awaited. Only then is the client to blame for a pause.
    private var isInputAwaited = false
    private var timer: Scheduled<Void>?

    /// - Parameter timeout: the limit for receiving a head, and for a pause within a body; nil for none.
    init(timeout: TimeAmount?, dates: DateHeader) {
        self.timeout = timeout
        self.dates = dates
    }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { self.awaitHead(context) } }

    func handlerRemoved(context: ChannelHandlerContext) { self.cancelTimer() }

    func channelActive(context: ChannelHandlerContext) {
        self.awaitHead(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isClosing = true
        self.cancelTimer()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.refusal == nil, !self.isClosing else { return }
        switch self.unwrapInboundIn(data) {
        case .head(var head):
            if let status = HTTP1Exchange.refusal(of: &head) { return self.refuse(status, context) }
            self.lastEvent = .now()
            self.exchanges.append(HTTP1Exchange(head))
            if self.exchanges.count == 1 { self.sendContinue(context) }
            self.startTimer(context)
            return context.fireChannelRead(self.wrapInboundOut(.head(head)))
        case .body:
            // The client did not wait for 100.
            self.withLastExchange { $0.expectsContinue = false }
        case .end:
            self.withLastExchange { exchange in
                exchange.expectsContinue = false
                exchange.isRead = true
            }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInputAwaited = false
        // The whole head must arrive in time, not only a part of it.
        if self.isReadingBody { self.lastEvent = .now() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        self.isInputAwaited = true
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !self.isReadingBody else { return context.fireErrorCaught(error) }
        switch error {
        case .headerOverflow: self.refuse(.requestHeaderFieldsTooLarge, context)
        case .invalidVersion: self.refuse(.httpVersionNotSupported, context)
        default: self.refuse(.badRequest, context)
        }
    }

    private var isReadingBody: Bool { self.exchanges.last.map { !$0.isRead } ?? false }

    private func withLastExchange(_ change: (inout HTTP1Exchange) -> Void) {
        guard !self.exchanges.isEmpty else { return }
        change(&self.exchanges[self.exchanges.index(before: self.exchanges.endIndex)])
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.exchanges.isEmpty else { return context.write(data, promise: promise) }
        switch self.unwrapOutboundIn(data) {
        case .head(let head) where (100..<200).contains(head.status.code):
            guard self.exchanges[self.exchanges.startIndex].takesInformational else {
                promise?.succeed()
                return
            }
            context.write(data, promise: promise)
        case .head(var head):
            self.exchanges[self.exchanges.startIndex].adapt(&head)
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let exchange = self.exchanges.removeFirst()
            guard exchange.mustClose else {
                context.write(data, promise: promise)
                return self.responseCompleted(context)
            }
            self.exchanges.removeAll()
            self.writeLast(data, context, promise)
        }
    }

    private func responseCompleted(_ context: ChannelHandlerContext) {
        if !self.exchanges.isEmpty {
            self.sendContinue(context)
        } else if let refusal {
            self.send(refusal, context)
        } else {
            self.awaitHead(context)
        }
    }

    /// Sends 100 (Continue) to the client of the oldest request.
    private func sendContinue(_ context: ChannelHandlerContext) {
        guard self.exchanges.first?.expectsContinue == true else { return }
        self.exchanges[self.exchanges.startIndex].expectsContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Sends a last response and closes the connection, once the responses before it are complete.
    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        guard self.refusal == nil, !self.isClosing else { return }
        self.refusal = status
        if self.exchanges.isEmpty { self.send(status, context) }
    }

    private func send(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        let text = ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n")
        let headers: HTTPHeaders = [
            "Date": self.dates.value, "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store",
            "Content-Length": "\(text.readableBytes)", "Connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        self.writeLast(self.wrapOutboundOut(.end(nil)), context, nil)
    }

    /// Writes the end of the last response, and closes the connection once it was written.
    private func writeLast(_ end: NIOAny, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        self.isClosing = true
        self.cancelTimer()
        let written = promise ?? context.eventLoop.makePromise()
        context.writeAndFlush(end, promise: written)
        let channel = context.channel
        written.futureResult.whenComplete { _ in
            // If it were closed at once, bytes that the client still sends would make the system discard the response.
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
        }
    }

    // MARK: Time

    private func awaitHead(_ context: ChannelHandlerContext) {
        self.lastEvent = .now()
        self.startTimer(context)
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        guard let timeout, self.timer == nil, !self.isClosing else { return }
        // While a response is being produced that needs no more input, there is nothing to wait for.
        guard self.exchanges.isEmpty || self.isReadingBody else { return }
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: self.lastEvent + timeout) {
            self.timer = nil
            self.timeoutPassed(timeout, context)
        }
    }

    private func timeoutPassed(_ timeout: TimeAmount, _ context: ChannelHandlerContext) {
        guard !self.isClosing, self.refusal == nil else { return }
        if self.isReadingBody, !self.isInputAwaited { self.lastEvent = .now() }
        guard self.exchanges.isEmpty || self.isReadingBody, self.lastEvent + timeout <= .now() else {
            return self.startTimer(context)
        }
        self.isClosing = true
        context.channel.close(promise: nil)
    }

    private func cancelTimer() {
        self.timer?.cancel()
        self.timer = nil
    }
}
