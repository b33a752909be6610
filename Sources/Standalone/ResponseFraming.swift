import NIOCore
import NIOHTTP1

/// Lets responses say how their bodies are framed.
///
/// NIO's encoder does not know the request: to a response without `Content-Length` it adds `Transfer-Encoding: chunked` and five
/// bytes of an empty chunk, also where the request was HEAD, and the connection is out of step.
final class ResponseFraming: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self) else { return }
        var configuration = HTTPResponseEncoder.Configuration()
        configuration.automaticallySetFramingHeaders = false
        let replacement = HTTPResponseEncoder(configuration: configuration)
        do {
            try pipeline.addHandler(ClosingHandler(), position: .after(encoder))
            try pipeline.addHandler(replacement, position: .after(encoder))
            pipeline.removeHandler(encoder, promise: nil)
        } catch {
            // The encoder that is there goes on.
        }
    }
}

/// Closes a connection once a response that announces it was written, as Go's server does.
private final class ClosingHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var mustClose = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(let head) where !(100..<200).contains(head.status.code):
            self.mustClose = head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
            context.write(data, promise: promise)
        case .end where self.mustClose:
            let written = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            context.writeAndFlush(data, promise: written)
            // What was written has to be on its way first.
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        case .head, .body, .end:
            context.write(data, promise: promise)
        }
    }
}
