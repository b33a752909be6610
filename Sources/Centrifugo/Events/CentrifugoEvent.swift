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
    /// Channels became occupied or vacated.
    case channelState(ChannelStateEvent)
    /// A channel's cache is empty.
    case cacheEmpty(CacheEmptyEvent)
    /// RoadRunner sent an unknown type, or the message could not be decoded.
    case invalid(type: String, reason: String)
}
