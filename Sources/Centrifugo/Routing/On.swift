/// Decides whether a client may connect. With a channel it is asked when the client wants a server-side subscription to one.
public struct OnConnect: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (ConnectEvent) async throws -> ConnectResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .connect(handler))]
    }
}

/// Decides whether a connection goes on.
public struct OnRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (RefreshEvent) async throws -> RefreshResponse) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .refresh(handler))]
    }
}

/// Decides whether a client may subscribe to a channel.
public struct OnSubscribe: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubscribeEvent) async throws -> SubscribeResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .subscribe(handler))]
    }
}

/// Decides whether a subscription goes on.
public struct OnSubRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubRefreshEvent) async throws -> SubRefreshResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .subRefresh(handler))]
    }
}

/// Decides whether something is published, and as what.
public struct OnPublish: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (PublishEvent) async throws -> PublishResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .publish(handler))]
    }
}

/// Answers a method that a client calls.
public struct OnRPC: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - method: an exact name, or a pattern in which `*` stands for any characters; nil sees every method.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(_ method: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (RPCEvent) async throws -> RPCResponse)
    {
        self.routes = [CentrifugoRoute(pattern: method, priority: priority, body: .rpc(handler))]
    }
}

/// Is told when channels become occupied or vacated (Centrifugo PRO).
public struct OnChannelState: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (ChannelStateEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .channelState(handler))]
    }
}

/// May fill the cache of a channel (Centrifugo PRO).
public struct OnCacheEmpty: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (CacheEmptyEvent) async throws -> CacheEmptyResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .cacheEmpty(handler))]
    }
}

/// Sees every event before it is answered, and answers none. What it throws is logged.
public struct OnAnyEvent: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// - Parameter priority: higher ones are told first.
    public init(priority: Int = 0, _ listener: @escaping @Sendable (CentrifugoEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .listener(listener))]
    }
}
