/// A handler and the events that it handles, made by ``OnConnect`` and its like.
public struct CentrifugoRoute: Sendable {
    package enum Body: Sendable {
        case connect(@Sendable (ConnectEvent) async throws -> ConnectResponse)
        case refresh(@Sendable (RefreshEvent) async throws -> RefreshResponse)
        case subscribe(@Sendable (SubscribeEvent) async throws -> SubscribeResponse)
        case subRefresh(@Sendable (SubRefreshEvent) async throws -> SubRefreshResponse)
        case publish(@Sendable (PublishEvent) async throws -> PublishResponse)
        case rpc(@Sendable (RPCEvent) async throws -> RPCResponse)
        case channelState(@Sendable (ChannelStateEvent) async throws -> Void)
        case cacheEmpty(@Sendable (CacheEmptyEvent) async throws -> CacheEmptyResponse)
        case listener(@Sendable (CentrifugoEvent) async throws -> Void)
    }

    /// The handler's channel or method; nil for handlers of every event of their kind.
    let pattern: String?
    let priority: Int
    let body: Body
}
