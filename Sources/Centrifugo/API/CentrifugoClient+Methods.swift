// Written by scripts/generate from Protos. Do not edit.

public import RoadRunnerAPI

extension CentrifugoPublishResponse: APIResponse {}
extension CentrifugoBroadcastResponse: APIResponse {}
extension CentrifugoSubscribeResponse: APIResponse {}
extension CentrifugoUnsubscribeResponse: APIResponse {}
extension CentrifugoDisconnectResponse: APIResponse {}
extension CentrifugoPresenceResponse: APIResponse {}
extension CentrifugoPresenceStatsResponse: APIResponse {}
extension CentrifugoHistoryResponse: APIResponse {}
extension CentrifugoHistoryRemoveResponse: APIResponse {}
extension CentrifugoInfoResponse: APIResponse {}
extension CentrifugoRPCResponse: APIResponse {}
extension CentrifugoRefreshResponse: APIResponse {}
extension CentrifugoChannelsResponse: APIResponse {}
extension CentrifugoConnectionsResponse: APIResponse {}
extension CentrifugoUpdateUserStatusResponse: APIResponse {}
extension CentrifugoGetUserStatusResponse: APIResponse {}
extension CentrifugoDeleteUserStatusResponse: APIResponse {}
extension CentrifugoBlockUserResponse: APIResponse {}
extension CentrifugoUnblockUserResponse: APIResponse {}
extension CentrifugoRevokeTokenResponse: APIResponse {}
extension CentrifugoInvalidateUserTokensResponse: APIResponse {}
extension CentrifugoDeviceRegisterResponse: APIResponse {}
extension CentrifugoDeviceUpdateResponse: APIResponse {}
extension CentrifugoDeviceRemoveResponse: APIResponse {}
extension CentrifugoDeviceListResponse: APIResponse {}
extension CentrifugoDeviceTopicListResponse: APIResponse {}
extension CentrifugoDeviceTopicUpdateResponse: APIResponse {}
extension CentrifugoUserTopicListResponse: APIResponse {}
extension CentrifugoUserTopicUpdateResponse: APIResponse {}
extension CentrifugoSendPushNotificationResponse: APIResponse {}
extension CentrifugoUpdatePushStatusResponse: APIResponse {}
extension CentrifugoCancelPushResponse: APIResponse {}
extension CentrifugoRateLimitResponse: APIResponse {}

// Every method of Centrifugo's server API, with its own messages. Source: Centrifugo's documentation, "Server API".
extension CentrifugoClient {
    /// Sends several commands by one call.
    ///
    /// Centrifugo carries them out one after the other, or at the same time if `parallel` is set. The replies have the order of
    /// the commands; a command that fails has its error in its reply, and stops none of the others.
    public func batch(_ request: CentrifugoBatchRequest) async throws -> CentrifugoBatchResponse {
        try await self.transport.send("Batch", request, as: CentrifugoBatchResponse.self)
    }

    /// Publishes data to a channel.
    ///
    /// The result is the publication's position in the channel's history, if the channel has one.
    public func publish(_ request: CentrifugoPublishRequest) async throws -> CentrifugoPublishResult {
        try await self.call("Publish", request, as: CentrifugoPublishResponse.self)
    }

    /// Publishes the same data to several channels.
    ///
    /// The result has a response for each channel, in their order: a position, or the channel's error.
    public func broadcast(_ request: CentrifugoBroadcastRequest) async throws -> CentrifugoBroadcastResult {
        try await self.call("Broadcast", request, as: CentrifugoBroadcastResponse.self)
    }

    /// Subscribes a user's connections to a channel.
    ///
    /// They get a server-side subscription. `client` or `session` limits it to one connection.
    public func subscribe(_ request: CentrifugoSubscribeRequest) async throws -> CentrifugoSubscribeResult {
        try await self.call("Subscribe", request, as: CentrifugoSubscribeResponse.self)
    }

    /// Unsubscribes a user's connections from a channel.
    ///
    /// `client` or `session` limits it to one connection.
    public func unsubscribe(_ request: CentrifugoUnsubscribeRequest) async throws -> CentrifugoUnsubscribeResult {
        try await self.call("Unsubscribe", request, as: CentrifugoUnsubscribeResponse.self)
    }

    /// Disconnects a user's connections.
    ///
    /// `client` or `session` limits it to one connection; connections of `whitelist`, by the ids of their clients, are kept.
    public func disconnect(_ request: CentrifugoDisconnectRequest) async throws -> CentrifugoDisconnectResult {
        try await self.call("Disconnect", request, as: CentrifugoDisconnectResponse.self)
    }

    /// Returns the clients in a channel, by the ids of their connections.
    ///
    /// The channel's namespace must have `presence`.
    public func presence(_ request: CentrifugoPresenceRequest) async throws -> CentrifugoPresenceResult {
        try await self.call("Presence", request, as: CentrifugoPresenceResponse.self)
    }

    /// Returns the number of clients and of different users in a channel.
    ///
    /// The channel's namespace must have `presence`.
    public func presenceStats(_ request: CentrifugoPresenceStatsRequest) async throws -> CentrifugoPresenceStatsResult {
        try await self.call("PresenceStats", request, as: CentrifugoPresenceStatsResponse.self)
    }

    /// Returns the publications of a channel, and the position of the latest one.
    ///
    /// `limit` is the maximum number of publications: 0 for only the position, -1 for all of them. The channel's namespace must
    /// have a history.
    public func history(_ request: CentrifugoHistoryRequest) async throws -> CentrifugoHistoryResult {
        try await self.call("History", request, as: CentrifugoHistoryResponse.self)
    }

    /// Removes the publications of a channel.
    ///
    /// Its position stays, so clients that are subscribed do not miss anything.
    public func historyRemove(_ request: CentrifugoHistoryRemoveRequest) async throws -> CentrifugoHistoryRemoveResult {
        try await self.call("HistoryRemove", request, as: CentrifugoHistoryRemoveResponse.self)
    }

    /// Returns the nodes of Centrifugo, with their version and their numbers of clients, users and channels.
    public func info(_ request: CentrifugoInfoRequest) async throws -> CentrifugoInfoResult {
        try await self.call("Info", request, as: CentrifugoInfoResponse.self)
    }

    /// Calls a method that an extension adds to Centrifugo's server API.
    ///
    /// It does not call `OnRPC`, whose methods are those of clients.
    public func rpc(_ request: CentrifugoRPCRequest) async throws -> CentrifugoRPCResult {
        try await self.call("RPC", request, as: CentrifugoRPCResponse.self)
    }

    /// Extends or ends a user's connections.
    ///
    /// They expire at `expire_at`, or at once if `expired` is set. `client` or `session` limits it to one connection.
    public func refresh(_ request: CentrifugoRefreshRequest) async throws -> CentrifugoRefreshResult {
        try await self.call("Refresh", request, as: CentrifugoRefreshResponse.self)
    }

    /// Returns the channels that have subscribers, with the number of clients in each.
    ///
    /// `pattern` limits them to those that match it, such as `chat:*`. All nodes are asked, so the call is expensive if there are
    /// many channels.
    public func channels(_ request: CentrifugoChannelsRequest) async throws -> CentrifugoChannelsResult {
        try await self.call("Channels", request, as: CentrifugoChannelsResponse.self)
    }

    /// Returns connections by the ids of their clients (Centrifugo PRO).
    ///
    /// Those of `user`, or those for which `expression`, in the Common Expression Language, is true. All nodes are asked.
    public func connections(_ request: CentrifugoConnectionsRequest) async throws -> CentrifugoConnectionsResult {
        try await self.call("Connections", request, as: CentrifugoConnectionsResponse.self)
    }

    /// Notes that users are active now, with a state of your own (Centrifugo PRO).
    public func updateUserStatus(_ request: CentrifugoUpdateUserStatusRequest) async throws -> CentrifugoUpdateUserStatusResult {
        try await self.call("UpdateUserStatus", request, as: CentrifugoUpdateUserStatusResponse.self)
    }

    /// Returns when users were last active and online, and their states (Centrifugo PRO).
    public func getUserStatus(_ request: CentrifugoGetUserStatusRequest) async throws -> CentrifugoGetUserStatusResult {
        try await self.call("GetUserStatus", request, as: CentrifugoGetUserStatusResponse.self)
    }

    /// Deletes what is known of users' activity (Centrifugo PRO).
    public func deleteUserStatus(_ request: CentrifugoDeleteUserStatusRequest) async throws -> CentrifugoDeleteUserStatusResult {
        try await self.call("DeleteUserStatus", request, as: CentrifugoDeleteUserStatusResponse.self)
    }

    /// Disconnects a user, and refuses the user's connections until `expire_at` (Centrifugo PRO).
    public func blockUser(_ request: CentrifugoBlockUserRequest) async throws -> CentrifugoBlockUserResult {
        try await self.call("BlockUser", request, as: CentrifugoBlockUserResponse.self)
    }

    /// Lets a blocked user connect again (Centrifugo PRO).
    public func unblockUser(_ request: CentrifugoUnblockUserRequest) async throws -> CentrifugoUnblockUserResult {
        try await self.call("UnblockUser", request, as: CentrifugoUnblockUserResponse.self)
    }

    /// Revokes one token, by its claim `jti`, and disconnects its client (Centrifugo PRO).
    ///
    /// `expire_at` is when Centrifugo may forget it: not before the token itself expires.
    public func revokeToken(_ request: CentrifugoRevokeTokenRequest) async throws -> CentrifugoRevokeTokenResult {
        try await self.call("RevokeToken", request, as: CentrifugoRevokeTokenResponse.self)
    }

    /// Revokes the tokens of a user that were issued before a time, by their claim `iat` (Centrifugo PRO).
    ///
    /// With `channel`, those for subscriptions to it. `expire_at` is when Centrifugo may forget it.
    public func invalidateUserTokens(_ request: CentrifugoInvalidateUserTokensRequest) async throws
        -> CentrifugoInvalidateUserTokensResult
    {
        try await self.call("InvalidateUserTokens", request, as: CentrifugoInvalidateUserTokensResponse.self)
    }

    /// Registers a device for push notifications, or changes what is known of it (Centrifugo PRO).
    ///
    /// The result is the device's id, which later calls need.
    public func deviceRegister(_ request: CentrifugoDeviceRegisterRequest) async throws -> CentrifugoDeviceRegisterResult {
        try await self.call("DeviceRegister", request, as: CentrifugoDeviceRegisterResponse.self)
    }

    /// Changes the user, the metadata or the topics of devices, such as when a user logs out (Centrifugo PRO).
    public func deviceUpdate(_ request: CentrifugoDeviceUpdateRequest) async throws -> CentrifugoDeviceUpdateResult {
        try await self.call("DeviceUpdate", request, as: CentrifugoDeviceUpdateResponse.self)
    }

    /// Removes devices, which get no more push notifications (Centrifugo PRO).
    public func deviceRemove(_ request: CentrifugoDeviceRemoveRequest) async throws -> CentrifugoDeviceRemoveResult {
        try await self.call("DeviceRemove", request, as: CentrifugoDeviceRemoveResponse.self)
    }

    /// Returns the registered devices that match a filter, page by page (Centrifugo PRO).
    ///
    /// The next page begins at the result's `nextCursor`, which is empty on the last one.
    public func deviceList(_ request: CentrifugoDeviceListRequest) async throws -> CentrifugoDeviceListResult {
        try await self.call("DeviceList", request, as: CentrifugoDeviceListResponse.self)
    }

    /// Returns the topics of devices, page by page (Centrifugo PRO).
    ///
    /// The next page begins at the result's `nextCursor`, which is empty on the last one.
    public func deviceTopicList(_ request: CentrifugoDeviceTopicListRequest) async throws -> CentrifugoDeviceTopicListResult {
        try await self.call("DeviceTopicList", request, as: CentrifugoDeviceTopicListResponse.self)
    }

    /// Adds, removes or replaces the topics of a device: `op` is `add`, `remove` or `set` (Centrifugo PRO).
    public func deviceTopicUpdate(_ request: CentrifugoDeviceTopicUpdateRequest) async throws -> CentrifugoDeviceTopicUpdateResult
    {
        try await self.call("DeviceTopicUpdate", request, as: CentrifugoDeviceTopicUpdateResponse.self)
    }

    /// Returns the topics of users, page by page (Centrifugo PRO).
    ///
    /// The next page begins at the result's `nextCursor`, which is empty on the last one.
    public func userTopicList(_ request: CentrifugoUserTopicListRequest) async throws -> CentrifugoUserTopicListResult {
        try await self.call("UserTopicList", request, as: CentrifugoUserTopicListResponse.self)
    }

    /// Adds, removes or replaces the topics of a user: `op` is `add`, `remove` or `set` (Centrifugo PRO).
    ///
    /// A user's devices get the user's topics when they are registered.
    public func userTopicUpdate(_ request: CentrifugoUserTopicUpdateRequest) async throws -> CentrifugoUserTopicUpdateResult {
        try await self.call("UserTopicUpdate", request, as: CentrifugoUserTopicUpdateResponse.self)
    }

    /// Sends a push notification to devices, to a topic, or to a provider's own tokens (Centrifugo PRO).
    ///
    /// Centrifugo puts it into a queue, and sends it later. The result is its id, for `updatePushStatus` and `cancelPush`.
    public func sendPushNotification(_ request: CentrifugoSendPushNotificationRequest) async throws
        -> CentrifugoSendPushNotificationResult
    {
        try await self.call("SendPushNotification", request, as: CentrifugoSendPushNotificationResponse.self)
    }

    /// Notes that a push notification was delivered to a device, or that its user reacted to it (Centrifugo PRO).
    public func updatePushStatus(_ request: CentrifugoUpdatePushStatusRequest) async throws -> CentrifugoUpdatePushStatusResult {
        try await self.call("UpdatePushStatus", request, as: CentrifugoUpdatePushStatusResponse.self)
    }

    /// Cancels a push notification that was to be sent later, at `send_at` (Centrifugo PRO).
    public func cancelPush(_ request: CentrifugoCancelPushRequest) async throws -> CentrifugoCancelPushResult {
        try await self.call("CancelPush", request, as: CentrifugoCancelPushResponse.self)
    }

    /// Calls the method for rate limits (Centrifugo PRO; not in RoadRunners after v2025.1).
    ///
    /// RoadRunner passes neither arguments nor a result.
    public func rateLimit(_ request: CentrifugoRateLimitRequest) async throws -> CentrifugoRateLimitResult {
        try await self.call("RateLimit", request, as: CentrifugoRateLimitResponse.self)
    }
}
