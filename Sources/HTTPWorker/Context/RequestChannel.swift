import NIOCore
import Hummingbird
import NIOPosix
import RoadRunnerRuntime
import Synchronization

/// The channel that request contexts are made with, and what is behind their ``RequestInfo``: one object for both.
///
/// There is no connection to the client in a worker: it knows the peer's address, and refuses everything else as a closed
/// channel does. Event loops are NIO's own; none is started unless someone asks for it.
final class RequestChannel: Channel, ChannelCore, RouteSource, @unchecked Sendable {
    let storage: RequestInfo.Storage
    let state = Mutex(RequestState())

    init(_ storage: consuming RequestInfo.Storage) { self.storage = storage }

    var route: String? { self.state.withLock { $0.endpointPath?.value } }

    var remoteAddress: SocketAddress? {
        try? SocketAddress(ipAddress: self.storage.remoteAddress, port: self.storage.remotePort ?? 0)
    }
    var localAddress: SocketAddress? { nil }
    var parent: (any Channel)? { nil }
    var isWritable: Bool { false }
    var isActive: Bool { false }
    var allocator: ByteBufferAllocator { ByteBufferAllocator() }
    var _channelCore: any ChannelCore { self }
    var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }
    var closeFuture: EventLoopFuture<Void> { self.eventLoop.makeSucceededVoidFuture() }
    var pipeline: ChannelPipeline { ChannelPipeline(channel: self) }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        self.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        self.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }

    func localAddress0() throws -> SocketAddress { throw ChannelError.ioOnClosedChannel }

    func remoteAddress0() throws -> SocketAddress {
        guard let address = self.remoteAddress else { throw ChannelError.ioOnClosedChannel }
        return address
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.ioOnClosedChannel) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.ioOnClosedChannel) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.ioOnClosedChannel) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.ioOnClosedChannel) }
    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.ioOnClosedChannel) }
    func flush0() {}
    func read0() {}
    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.alreadyClosed)
    }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
    }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
}
