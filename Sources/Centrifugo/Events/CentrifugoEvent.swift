// Source: Centrifugo's documentation, "Proxy events to the backend".

/// Any event, for listeners.
public enum CentrifugoEvent: Sendable {
    /// A client connects.
    case connect(ConnectEvent)
    /// A connection is about to expire.
    case refresh(RefreshEvent)
    /// A client subscribes.
    case subscribe(SubscribeEvent)
    /// A subscription is about to expire.
    case subRefresh(SubRefreshEvent)
    /// A client publishes.
    case publish(PublishEvent)
    /// A client calls a method.
    case rpc(RPCEvent)
    /// Channels have become occupied or vacated.
    case channelState(ChannelStateEvent)
    /// A channel's cache is empty.
    case cacheEmpty(CacheEmptyEvent)
    /// RoadRunner calls it by a type that this package does not know, or its message could not be decoded.
    case invalid(type: String, reason: String)
}
