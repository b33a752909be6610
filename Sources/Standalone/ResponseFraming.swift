import HTTPWorker
import NIOCore
import NIOHTTP1

/// Lets responses control how their bodies are framed, and inserts ``ConnectionRules`` where NIO's HTTP parts are visible.
///
/// NIO's encoder does not know the request: to a response without `Content-Length` it adds `Transfer-Encoding: chunked` and the
/// five bytes of an empty chunk, even for a HEAD request, which puts the connection out of step.
final class ResponseFraming: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    private let timeout: TimeAmount?
    private let dates: DateHeader

    /// - Parameter timeout: the timeout of ``ConnectionRules``.
    init(timeout: TimeAmount?, dates: DateHeader) {
        self.timeout = timeout
        self.dates = dates
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self),
            let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        else { return }
        var configuration = HTTPResponseEncoder.Configuration()
        configuration.automaticallySetFramingHeaders = false
        let replacement = HTTPResponseEncoder(configuration: configuration)
        do {
            try pipeline.addHandler(ConnectionRules(timeout: self.timeout, dates: self.dates), position: .after(decoder))
            try pipeline.addHandler(replacement, position: .after(encoder))
            pipeline.removeHandler(encoder, promise: nil)
        } catch {
            // The existing encoder stays.
        }
    }
}
