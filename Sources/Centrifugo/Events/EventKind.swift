/// The events of Centrifugo that reach a worker.
public enum EventKind: String, Sendable, Hashable, CaseIterable {
    /// A client connects, without a token.
    case connect
    /// A connection is about to expire.
    case refresh
    /// A client subscribes to a channel, without a token.
    case subscribe
    /// A subscription is about to expire.
    case subRefresh = "subrefresh"
    /// A client publishes to a channel.
    case publish
    /// A client calls a method.
    case rpc
    /// Channels became occupied or vacated (Centrifugo PRO).
    case channelState = "notifychannelstate"
    /// A channel's cache is empty (Centrifugo PRO).
    case cacheEmpty = "notifycacheempty"

    /// Whether a response, whatever it is, decides if a connection or subscription goes on. A call that fails leaves it as it is.
    var isRefresh: Bool { self == .refresh || self == .subRefresh }
}
