public import Goridge
public import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Centrifugo's server API: publish to channels, list clients, disconnect users.
///
/// ```swift
/// let centrifugo = try boot.centrifugo
/// try await centrifugo.publish(Message(text: "hello"), to: "chat:lobby")
/// ```
///
/// Under RoadRunner, calls go through its `centrifuge` plugin, standalone to Centrifugo's HTTP API (`CENTRIFUGO_API_URL`). Refused
/// and unanswered calls throw ``CentrifugoAPIError``. Data that is a value becomes JSON, a `ByteBuffer` is sent as it is.
///
/// Source: Centrifugo's documentation, "Server API"; RoadRunner's documentation, "Centrifuge (WebSockets)".
public struct CentrifugoClient: Sendable {
    package let transport: any CentrifugoTransport

    package init(transport: any CentrifugoTransport) { self.transport = transport }

    /// Creates a client that calls RoadRunner's `centrifuge` plugin.
    public init(rpc: RPCClient) { self.init(transport: RPCTransport(client: rpc)) }

    func call<Response: APIResponse>(
        _ method: String, _ request: some Message, as type: Response.Type
    ) async throws -> Response.ResultMessage {
        let response = try await self.transport.send(method, request, as: type)
        guard response.hasError else { return response.result }
        throw CentrifugoAPIError(serverCode: response.error.code, method: method, message: response.error.message)
    }

    // MARK: Channels

    /// Publishes to a channel.
    ///
    /// - Parameters:
    ///   - skipsHistory: whether to leave it out of the channel's history.
    ///   - idempotencyKey: publications with the same key are published once.
    /// - Returns: its position in the channel's history, if the channel has one.
    @discardableResult
    public func publish(
        _ data: any Encodable & Sendable, to channel: String, skipsHistory: Bool = false, tags: [String: String] = [:],
        idempotencyKey: String = ""
    ) async throws -> CentrifugoPublishResult {
        let bytes = try OutgoingData(data).encoded()
        return try await self.publish(
            .with {
                $0.channel = channel
                $0.data = bytes
                $0.skipHistory = skipsHistory
                $0.tags = tags
                $0.idempotencyKey = idempotencyKey
            })
    }

    /// Publishes the same data to several channels.
    ///
    /// - Returns: a result or an error for each, in order.
    @discardableResult
    public func broadcast(
        _ data: any Encodable & Sendable, to channels: [String], skipsHistory: Bool = false, tags: [String: String] = [:],
        idempotencyKey: String = ""
    ) async throws -> [Result<CentrifugoPublishResult, CentrifugoAPIError>] {
        let bytes = try OutgoingData(data).encoded()
        let result = try await self.broadcast(
            .with {
                $0.channels = channels
                $0.data = bytes
                $0.skipHistory = skipsHistory
                $0.tags = tags
                $0.idempotencyKey = idempotencyKey
            })
        return result.responses.map { response in
            guard response.hasError else { return .success(response.result) }
            return .failure(
                CentrifugoAPIError(serverCode: response.error.code, method: "Broadcast", message: response.error.message))
        }
    }

    /// Returns the clients in a channel, by the ids of their connections.
    public func presence(in channel: String) async throws -> [String: CentrifugoClientInfo] {
        try await self.presence(.with { $0.channel = channel }).presence
    }

    /// Returns the number of clients and users in a channel.
    public func presenceStats(of channel: String) async throws -> CentrifugoPresenceStatsResult {
        try await self.presenceStats(.with { $0.channel = channel })
    }

    /// Returns the publications of a channel.
    ///
    /// - Parameters:
    ///   - limit: the maximum number of publications, 0 for none but the position, -1 for all.
    ///   - since: only publications after (or, when `isReversed`, before) this position.
    public func history(
        of channel: String, limit: Int32 = -1, since: CentrifugoStreamPosition? = nil, isReversed: Bool = false
    ) async throws -> CentrifugoHistoryResult {
        try await self.history(
            .with {
                $0.channel = channel
                $0.limit = limit
                if let since { $0.since = since }
                $0.reverse = isReversed
            })
    }

    /// Removes the publications of a channel.
    public func removeHistory(of channel: String) async throws {
        _ = try await self.historyRemove(.with { $0.channel = channel })
    }

    /// Returns the active channels with their number of subscribers.
    public func channels(matching pattern: String = "") async throws -> [String: UInt32] {
        try await self.channels(.with { $0.pattern = pattern }).channels.mapValues(\.numClients)
    }

    // MARK: Users

    /// Subscribes a user's connections to a channel; `client` limits it to one of them.
    public func subscribe(
        user: String, to channel: String, client: String = "", expiresAt: Date? = nil,
        info: (any Encodable & Sendable)? = nil, data: (any Encodable & Sendable)? = nil
    ) async throws {
        let info = try OutgoingData(info)?.encoded() ?? Data()
        let data = try OutgoingData(data)?.encoded() ?? Data()
        _ = try await self.subscribe(
            .with {
                ($0.channel, $0.user, $0.client) = (channel, user, client)
                ($0.expireAt, $0.info, $0.data) = (expiresAt.unixSeconds, info, data)
            })
    }

    /// Unsubscribes a user's connections from a channel; `client` limits it to one of them.
    public func unsubscribe(user: String, from channel: String, client: String = "") async throws {
        _ = try await self.unsubscribe(.with { ($0.channel, $0.user, $0.client) = (channel, user, client) })
    }

    /// Disconnects a user's connections, except those of `whitelist`; `client` limits it to one of them.
    ///
    /// - Parameter disconnect: the code and reason for clients; 3503 when nil.
    public func disconnect(
        user: String, client: String = "", disconnect: CentrifugoClientDisconnect? = nil, whitelist: [String] = []
    ) async throws {
        _ = try await self.disconnect(
            .with {
                ($0.user, $0.client, $0.whitelist) = (user, client, whitelist)
                if let disconnect { $0.disconnect = .with { ($0.code, $0.reason) = (disconnect.code, disconnect.reason) } }
            })
    }

    /// Extends a user's connections.
    public func refresh(user: String, client: String = "", expiresAt: Date) async throws {
        _ = try await self.refresh(
            .with { ($0.user, $0.client, $0.expireAt) = (user, client, Optional(expiresAt).unixSeconds) })
    }

    /// Ends a user's connections as expired.
    public func expire(user: String, client: String = "") async throws {
        _ = try await self.refresh(.with { ($0.user, $0.client, $0.expired) = (user, client, true) })
    }

    // MARK: The server

    /// Returns the nodes of Centrifugo.
    public func info() async throws -> [CentrifugoNodeResult] { try await self.info(CentrifugoInfoRequest()).nodes }
}
