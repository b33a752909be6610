import Goridge
import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves one page at the program's own address, while there is no program.
struct PageServer: Sendable {
    private let channel: any Channel

    /// - Throws: when nothing can listen there.
    static func start(_ page: DevPage, at address: HostPort) async throws(ToolError) -> PageServer {
        let body = ByteBuffer(string: page.html)
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(PageHandler(body: body))
                    }
                }
                .bind(host: address.host.isEmpty ? "0.0.0.0" : address.host, port: address.port).get()
            return PageServer(channel: channel)
        } catch {
            let reason = (error as? IOError).map { SystemCallError($0).reason } ?? "the host cannot be found"
            throw ToolError(
                .invalidAddress, "cannot listen on \(address): \(reason)",
                remedy: "stop the process that listens there, or set HTTP_HOST and HTTP_PORT")
        }
    }

    func stop() async { try? await self.channel.close() }
}

private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let body: ByteBuffer

    init(body: ByteBuffer) { self.body = body }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = self.unwrapInboundIn(data) else { return }
        var headers = HTTPHeaders(DevPage.headers)
        headers.add(name: "Content-Length", value: "\(self.body.readableBytes)")
        // Another process is about to take the address.
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .internalServerError, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(self.body))), promise: nil)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in loopBound.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
