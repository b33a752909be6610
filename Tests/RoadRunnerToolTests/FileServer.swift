import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server in the test's process, with some files.
struct FileServer: Sendable {
    enum Response: Sendable {
        case file([UInt8])
        case redirect(String)
        /// Announces this many bytes, and closes the connection after fewer.
        case cut([UInt8], announced: Int)
        /// Announces this many bytes, and never sends the rest.
        case held([UInt8], announced: Int)
        case status(HTTPResponseStatus)
    }

    private let channel: any Channel

    var url: String { "http://127.0.0.1:\(self.channel.localAddress?.port ?? 0)" }

    static func with<Result>(
        _ answers: [String: Response], _ body: (FileServer) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(FileServer(channel: channel))) } catch { result = .failure(error) }
        try await channel.close()
        return try result.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answers: [String: Response]
        private var path = ""

        init(answers: [String: Response]) { self.answers = answers }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head): self.path = head.uri
            case .body: break
            case .end: self.answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            switch self.answers[self.path] ?? .status(.notFound) {
            case .file(let bytes): self.send(context, .ok, bytes, announced: bytes.count)
            case .cut(let bytes, let announced): self.send(context, .ok, bytes, announced: announced)
            case .held(let bytes, let announced): self.send(context, .ok, bytes, announced: announced, isHeld: true)
            case .redirect(let location): self.send(context, .found, [], announced: 0, location: location)
            case .status(let status): self.send(context, status, [], announced: 0)
            }
        }

        private func send(
            _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ bytes: [UInt8], announced: Int,
            location: String? = nil, isHeld: Bool = false
        ) {
            var headers: HTTPHeaders = ["Content-Length": "\(announced)"]
            if let location { headers.add(name: "Location", value: location) }
            context.write(
                self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            if isHeld { return }
            if announced > bytes.count { return context.close(promise: nil) }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
