public import RoadRunnerAPI
package import SwiftProtobuf

/// A response of the server API: an error, or a result.
package protocol APIResponse: Message {
    associatedtype ResultMessage: Message
    var hasError: Bool { get }
    var error: CentrifugoError { get }
    var result: ResultMessage { get }
}

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
    /// Sends several commands by one call. Errors are in the replies.
    public func batch(_ request: CentrifugoBatchRequest) async throws -> CentrifugoBatchResponse {
        try await self.transport.send("Batch", request, as: CentrifugoBatchResponse.self)
    }

    /// Publishes to a channel.
    public func publish(_ request: CentrifugoPublishRequest) async throws -> CentrifugoPublishResult {
        try await self.call("Publish", request, CentrifugoPublishResponse.self)
    }

    /// Publishes the same to several channels.
    public func broadcast(_ request: CentrifugoBroadcastRequest) async throws -> CentrifugoBroadcastResult {
        try await self.call("Broadcast", request, CentrifugoBroadcastResponse.self)
    }

    /// Subscribes a user's connections to a channel.
    public func subscribe(_ request: CentrifugoSubscribeRequest) async throws -> CentrifugoSubscribeResult {
        try await self.call("Subscribe", request, CentrifugoSubscribeResponse.self)
    }

    /// Unsubscribes a user's connections from a channel.
    public func unsubscribe(_ request: CentrifugoUnsubscribeRequest) async throws -> CentrifugoUnsubscribeResult {
        try await self.call("Unsubscribe", request, CentrifugoUnsubscribeResponse.self)
    }

    /// Disconnects a user's connections.
    public func disconnect(_ request: CentrifugoDisconnectRequest) async throws -> CentrifugoDisconnectResult {
        try await self.call("Disconnect", request, CentrifugoDisconnectResponse.self)
    }

    /// Returns the clients in a channel.
    public func presence(_ request: CentrifugoPresenceRequest) async throws -> CentrifugoPresenceResult {
        try await self.call("Presence", request, CentrifugoPresenceResponse.self)
    }

    /// Returns the number of clients and users in a channel.
    public func presenceStats(_ request: CentrifugoPresenceStatsRequest) async throws -> CentrifugoPresenceStatsResult {
        try await self.call("PresenceStats", request, CentrifugoPresenceStatsResponse.self)
    }

    /// Returns the publications of a channel.
    public func history(_ request: CentrifugoHistoryRequest) async throws -> CentrifugoHistoryResult {
        try await self.call("History", request, CentrifugoHistoryResponse.self)
    }

    /// Removes the publications of a channel.
    public func historyRemove(_ request: CentrifugoHistoryRemoveRequest) async throws -> CentrifugoHistoryRemoveResult {
        try await self.call("HistoryRemove", request, CentrifugoHistoryRemoveResponse.self)
    }

    /// Returns the nodes of Centrifugo.
    public func info(_ request: CentrifugoInfoRequest) async throws -> CentrifugoInfoResult {
        try await self.call("Info", request, CentrifugoInfoResponse.self)
    }

    /// Calls an RPC extension of Centrifugo's.
    public func rpc(_ request: CentrifugoRPCRequest) async throws -> CentrifugoRPCResult {
        try await self.call("RPC", request, CentrifugoRPCResponse.self)
    }

    /// Extends or ends a user's connections.
    public func refresh(_ request: CentrifugoRefreshRequest) async throws -> CentrifugoRefreshResult {
        try await self.call("Refresh", request, CentrifugoRefreshResponse.self)
    }

    /// Returns the active channels.
    public func channels(_ request: CentrifugoChannelsRequest) async throws -> CentrifugoChannelsResult {
        try await self.call("Channels", request, CentrifugoChannelsResponse.self)
    }

    /// Returns a user's connections (Centrifugo PRO).
    public func connections(_ request: CentrifugoConnectionsRequest) async throws -> CentrifugoConnectionsResult {
        try await self.call("Connections", request, CentrifugoConnectionsResponse.self)
    }

    /// Sets the status of users (Centrifugo PRO).
    public func updateUserStatus(_ request: CentrifugoUpdateUserStatusRequest) async throws -> CentrifugoUpdateUserStatusResult {
        try await self.call("UpdateUserStatus", request, CentrifugoUpdateUserStatusResponse.self)
    }

    /// Returns the status of users (Centrifugo PRO).
    public func getUserStatus(_ request: CentrifugoGetUserStatusRequest) async throws -> CentrifugoGetUserStatusResult {
        try await self.call("GetUserStatus", request, CentrifugoGetUserStatusResponse.self)
    }

    /// Deletes the status of users (Centrifugo PRO).
    public func deleteUserStatus(_ request: CentrifugoDeleteUserStatusRequest) async throws -> CentrifugoDeleteUserStatusResult {
        try await self.call("DeleteUserStatus", request, CentrifugoDeleteUserStatusResponse.self)
    }

    /// Blocks a user (Centrifugo PRO).
    public func blockUser(_ request: CentrifugoBlockUserRequest) async throws -> CentrifugoBlockUserResult {
        try await self.call("BlockUser", request, CentrifugoBlockUserResponse.self)
    }

    /// Unblocks a user (Centrifugo PRO).
    public func unblockUser(_ request: CentrifugoUnblockUserRequest) async throws -> CentrifugoUnblockUserResult {
        try await self.call("UnblockUser", request, CentrifugoUnblockUserResponse.self)
    }

    /// Revokes a token (Centrifugo PRO).
    public func revokeToken(_ request: CentrifugoRevokeTokenRequest) async throws -> CentrifugoRevokeTokenResult {
        try await self.call("RevokeToken", request, CentrifugoRevokeTokenResponse.self)
    }

    /// Invalidates a user's tokens (Centrifugo PRO).
    public func invalidateUserTokens(_ request: CentrifugoInvalidateUserTokensRequest) async throws
        -> CentrifugoInvalidateUserTokensResult
    {
        try await self.call("InvalidateUserTokens", request, CentrifugoInvalidateUserTokensResponse.self)
    }

    /// Registers a device for push notifications (Centrifugo PRO).
    public func deviceRegister(_ request: CentrifugoDeviceRegisterRequest) async throws -> CentrifugoDeviceRegisterResult {
        try await self.call("DeviceRegister", request, CentrifugoDeviceRegisterResponse.self)
    }

    /// Changes devices (Centrifugo PRO).
    public func deviceUpdate(_ request: CentrifugoDeviceUpdateRequest) async throws -> CentrifugoDeviceUpdateResult {
        try await self.call("DeviceUpdate", request, CentrifugoDeviceUpdateResponse.self)
    }

    /// Removes devices (Centrifugo PRO).
    public func deviceRemove(_ request: CentrifugoDeviceRemoveRequest) async throws -> CentrifugoDeviceRemoveResult {
        try await self.call("DeviceRemove", request, CentrifugoDeviceRemoveResponse.self)
    }

    /// Returns devices (Centrifugo PRO).
    public func deviceList(_ request: CentrifugoDeviceListRequest) async throws -> CentrifugoDeviceListResult {
        try await self.call("DeviceList", request, CentrifugoDeviceListResponse.self)
    }

    /// Returns the topics of devices (Centrifugo PRO).
    public func deviceTopicList(_ request: CentrifugoDeviceTopicListRequest) async throws -> CentrifugoDeviceTopicListResult {
        try await self.call("DeviceTopicList", request, CentrifugoDeviceTopicListResponse.self)
    }

    /// Changes the topics of a device (Centrifugo PRO).
    public func deviceTopicUpdate(_ request: CentrifugoDeviceTopicUpdateRequest) async throws -> CentrifugoDeviceTopicUpdateResult
    {
        try await self.call("DeviceTopicUpdate", request, CentrifugoDeviceTopicUpdateResponse.self)
    }

    /// Returns the topics of users (Centrifugo PRO).
    public func userTopicList(_ request: CentrifugoUserTopicListRequest) async throws -> CentrifugoUserTopicListResult {
        try await self.call("UserTopicList", request, CentrifugoUserTopicListResponse.self)
    }

    /// Changes the topics of a user (Centrifugo PRO).
    public func userTopicUpdate(_ request: CentrifugoUserTopicUpdateRequest) async throws -> CentrifugoUserTopicUpdateResult {
        try await self.call("UserTopicUpdate", request, CentrifugoUserTopicUpdateResponse.self)
    }

    /// Sends a push notification (Centrifugo PRO).
    public func sendPushNotification(_ request: CentrifugoSendPushNotificationRequest) async throws
        -> CentrifugoSendPushNotificationResult
    {
        try await self.call("SendPushNotification", request, CentrifugoSendPushNotificationResponse.self)
    }

    /// Changes the status of a push notification (Centrifugo PRO).
    public func updatePushStatus(_ request: CentrifugoUpdatePushStatusRequest) async throws -> CentrifugoUpdatePushStatusResult {
        try await self.call("UpdatePushStatus", request, CentrifugoUpdatePushStatusResponse.self)
    }

    /// Cancels a push notification (Centrifugo PRO).
    public func cancelPush(_ request: CentrifugoCancelPushRequest) async throws -> CentrifugoCancelPushResult {
        try await self.call("CancelPush", request, CentrifugoCancelPushResponse.self)
    }

    /// Sets rate limits (Centrifugo PRO; not in RoadRunners after v2025.1).
    public func rateLimit(_ request: CentrifugoRateLimitRequest) async throws -> CentrifugoRateLimitResult {
        try await self.call("RateLimit", request, CentrifugoRateLimitResponse.self)
    }
}
