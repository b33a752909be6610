public import Hummingbird
public import Logging
public import NIOCore

extension ApplicationRequestContextSource {
    /// Creates a source with RoadRunner's information about a request, for tests of contexts and middleware.
    public init(info: RequestInfo, logger: Logger) { self.init(channel: info.channel, logger: logger) }

    /// Information about the request, from RoadRunner, or from the connection if another server accepted it.
    public var info: RequestInfo {
        if let channel = self.channel as? RequestChannel { RequestInfo(channel) } else { RequestInfo(of: self.channel) }
    }
}

/// A request context with RoadRunner's information about the request.
///
/// It is created from Hummingbird's own source, so it works in Hummingbird's `Application` and in its test kit as well.
///
/// Conform your own context, or use ``BasicRoadRunnerRequestContext``:
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
/// Bodies are decoded by ``BodyDecoder`` and values encoded by ``JSONResponseEncoder``, unless the context has its own decoder or
/// encoder.
public protocol RoadRunnerRequestContext: RemoteAddressRequestContext where Source == ApplicationRequestContextSource {
    associatedtype Decoder: RequestDecoder = BodyDecoder
    associatedtype Encoder: ResponseEncoder = JSONResponseEncoder
    /// Information about the request, from RoadRunner: `source.info`.
    var info: RequestInfo { get }
}

extension RoadRunnerRequestContext {
    /// The address of the client: the peer's, unless `TrustedProxies` has looked further. Nil if it is unknown.
    public var remoteAddress: SocketAddress? {
        guard let client = self.info.withState({ $0.client }) else { return self.info.remoteSocketAddress }
        return client.address.flatMap { try? SocketAddress(ipAddress: $0, port: 0) }
    }
}

extension RoadRunnerRequestContext {
    /// Requests that the kernel be rebuilt after this request.
    public func requestReboot(_ reason: String) { self.info.withState { $0.requestReboot(reason) } }
}
