import Dispatch
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Creates request bodies that Hummingbird's `consumeWithCancellationOnInboundClose` accepts.
///
/// Hummingbird accepts only bodies of requests that it has read from a channel itself, and watches that channel beside the body.
/// So one such request is read here, from a channel on which nothing ever arrives: its body is the template of others, which keep
/// the channel to watch. A client that leaves cancels the handler's task, which ends the watching just as the end of the channel
/// does.
///
/// Watching uses the template up, and the next request needs a new one. Confined to one thread, except for watchers.
final class RequestBodySource: @unchecked Sendable {
    private let channel: SilentChannel
    private var template: Request
    /// The empty body of most requests.
    private let empty: RequestBody

    /// Whether a request watches its client through this template, or has done so.
    var isUsedUp: Bool { self.channel.loop.isUsed.load(ordering: .relaxed) }

    /// - Returns: `nil` if Hummingbird no longer reads requests in this way: then bodies have no channel to watch.
    init?() async {
        let channel = SilentChannel()
        guard let request = await channel.readRequest() else {
            channel.finish()
            return nil
        }
        self.channel = channel
        self.template = request
        self.template.body = RequestBody(buffer: ByteBuffer())
        self.empty = self.template.body
    }

    deinit { self.channel.finish() }

    func body(_ buffer: ByteBuffer) -> RequestBody {
        guard buffer.readableBytes > 0 else { return self.empty }
        self.template.body = RequestBody(buffer: buffer)
        let body = self.template.body
        // The bytes belong to the request alone: a retained slice would cause the whole read buffer to be copied.
        self.template.body = self.empty
        return body
    }

    func body<Body: AsyncSequence & Sendable>(_ sequence: Body) -> RequestBody
    where Body.Element == ByteBuffer, Body.AsyncIterator: SendableMetatype {
        // In a copy: Hummingbird drops the channel to watch when the body being replaced is a sequence.
        var request = self.template
        request.body = RequestBody(asyncSequence: sequence)
        return request.body
    }
}

/// A channel that delivers the head of a request, and then nothing.
private final class SilentChannel: DetachedChannel, @unchecked Sendable {
    let loop = SilentEventLoop()
    private var storedPipeline: ChannelPipeline?

    var eventLoop: any EventLoop { self.loop }
    var pipeline: ChannelPipeline {
        if let pipeline = self.storedPipeline { return pipeline }
        let pipeline = ChannelPipeline(channel: self)
        self.storedPipeline = pipeline
        return pipeline
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) { promise?.succeed() }

    /// Lets Hummingbird read a request from the channel. The part after its head stays open.
    func readRequest() async -> Request? {
        guard
            let channel = try? NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: self,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 1)))
        else {
            return nil
        }
        let pipeline = self.pipeline.syncOperations
        pipeline.fireChannelActive()
        pipeline.fireChannelRead(
            NIOAny(HTTPRequestPart.head(HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"))))
        // More than the stream holds: a consumer that takes them asks for more, which reveals the first watcher.
        for _ in 0..<2 { pipeline.fireChannelRead(NIOAny(HTTPRequestPart.end(nil))) }
        pipeline.fireChannelReadComplete()
        let reader = RequestReader()
        await reader.handleHTTP(
            asyncChannel: channel, logger: Logger(label: "roadrunner", factory: { _ in SwiftLogNoOpLogHandler() }))
        self.loop.close()
        return reader.request.withLock { $0 }
    }

    /// Closes the open parts of the channel, as NIO requires.
    func finish() {
        self.loop.open()
        self.removeHandlers(pipeline: self.pipeline)
    }
}

/// Takes the first request of a channel, and returns.
private final class RequestReader: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let request = Mutex<Request?>(nil)

    var responder: Responder {
        { request, _, _ in
            self.request.withLock { $0 = request }
            // Any error makes Hummingbird leave the channel without waiting for more.
            throw CancellationError()
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    func handle(value: Value, logger: Logger) async { await self.handleHTTP(asyncChannel: value, logger: logger) }
}

/// The event loop of a channel on which nothing happens.
///
/// While the request is read, everything runs immediately. Afterwards nothing does, but calls are noticed: NIO makes one when a
/// watcher begins, and when it ends.
private final class SilentEventLoop: EventLoop {
    private let isClosed = Atomic(false)
    let isUsed = Atomic(false)

    func open() { self.isClosed.store(false, ordering: .sequentiallyConsistent) }
    func close() { self.isClosed.store(true, ordering: .sequentiallyConsistent) }

    var inEventLoop: Bool {
        guard self.isClosed.load(ordering: .relaxed) else { return true }
        self.isUsed.store(true, ordering: .relaxed)
        return false
    }

    func execute(_ task: @escaping @Sendable () -> Void) {}
    func preconditionInEventLoop(file: StaticString, line: UInt) {}
    func preconditionNotInEventLoop(file: StaticString, line: UInt) {}

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = self.makePromise(of: T.self)
        promise.fail(EventLoopError.shutdown)
        return Scheduled(promise: promise, cancellationTask: {})
    }

    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        self.scheduleTask(deadline: .now(), task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(EventLoopError.unsupportedOperation) }
    }
}
