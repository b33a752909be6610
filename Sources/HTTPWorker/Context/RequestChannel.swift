import Hummingbird
import NIOCore
import NIOPosix
import RoadRunnerRuntime
import Synchronization

/// The channel that request contexts are created with, and the storage of their ``RequestInfo``: one object for both.
///
/// A worker has no connection to the client: the channel knows the peer's address, and refuses everything else as a closed
/// channel does. Event loops are NIO's own; none is started unless it is asked for. Its storage does not change, its state has a lock.
final class RequestChannel: DetachedChannel, RouteSource, @unchecked Sendable {
    let storage: RequestInfo.Storage
    let state = Mutex(RequestState())

    init(_ storage: consuming RequestInfo.Storage) { self.storage = storage }

    var route: String? { self.state.withLock { $0.endpointPath?.value } }

    var remoteAddress: SocketAddress? {
        try? SocketAddress(ipAddress: self.storage.remoteAddress, port: self.storage.remotePort ?? 0)
    }
    var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }
    var pipeline: ChannelPipeline { ChannelPipeline(channel: self) }
}
