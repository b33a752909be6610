import NIOCore
import RoadRunnerRuntime
import Synchronization

/// Records that a client sent something other than HTTP: the error that a handler gets from `request.body` does not show whether
/// it came from this connection or from one of the application's.
final class InboundErrors: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    private let hasFailed = Atomic(false)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.hasFailed.store(true, ordering: .releasing)
        context.fireErrorCaught(error)
    }

    /// Whose fault errors of the connection's request are; nil while the client has sent only HTTP.
    var fault: Fault? { self.hasFailed.load(ordering: .acquiring) ? .client : nil }
}
