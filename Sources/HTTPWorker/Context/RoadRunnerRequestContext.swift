import RoadRunnerRuntime
public import Hummingbird
public import Logging
public import NIOCore

extension ApplicationRequestContextSource {
    /// A source that knows what RoadRunner knows of a request: for tests of contexts and middleware.
    public init(info: RequestInfo, logger: Logger) { self.init(channel: info.channel, logger: logger) }

    /// Facts about the request, from RoadRunner, or from the connection where another server has accepted it.
    public var info: RequestInfo {
        if let channel = self.channel as? RequestChannel { RequestInfo(channel) } else { RequestInfo(of: self.channel) }
    }
}

/// A request context that knows what RoadRunner knows of the request.
///
/// It is made from Hummingbird's own source, so that it works in Hummingbird's `Application` and in its test kit as well.
///
/// Conform a context of your own, or use ``BasicRoadRunnerRequestContext``:
///
/// ```swift
/// struct AppContext: RoadRunnerRequestContext {
///     var coreContext: CoreRequestContextStorage
///     let info: RequestInfo
///     var user: User?
///
///     init(source: ApplicationRequestContextSource) {
///         self.coreContext = .init(source: source)
///         self.info = source.info
///     }
/// }
/// ```
///
/// Bodies are decoded by ``BodyDecoder`` and values encoded by ``JSONResponseEncoder``, unless the context has a decoder or an encoder of
/// its own.
public protocol RoadRunnerRequestContext: RemoteAddressRequestContext where Source == ApplicationRequestContextSource {
    associatedtype Decoder: RequestDecoder = BodyDecoder
    associatedtype Encoder: ResponseEncoder = JSONResponseEncoder
    /// Facts about the request, from RoadRunner: `source.info`.
    var info: RequestInfo { get }
}

extension RoadRunnerRequestContext {
    /// The address of the client: of the peer, unless `TrustedProxies` has looked further. Nil where it is not known.
    public var remoteAddress: SocketAddress? {
        guard let client = self.info.withState({ $0.client }) else { return self.info.remoteSocketAddress }
        return client.address.flatMap { try? SocketAddress(ipAddress: $0, port: 0) }
    }
}

extension RoadRunnerRequestContext {
    /// Asks for the kernel to be built again, once this request is answered.
    public func requestReboot(_ reason: String) { self.info.withState { $0.requestReboot(reason) } }
}
