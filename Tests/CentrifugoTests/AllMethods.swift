import Centrifugo
import SwiftProtobuf

extension CentrifugoClient {
    /// Calls the method with this name.
    func send(_ method: String, _ message: [UInt8]) async throws -> any Message {
        switch method {
        case "Batch": try await self.batch(.init(serializedBytes: message))
        case "Publish": try await self.publish(.init(serializedBytes: message))
        case "Broadcast": try await self.broadcast(.init(serializedBytes: message))
        case "Subscribe": try await self.subscribe(.init(serializedBytes: message))
        case "Unsubscribe": try await self.unsubscribe(.init(serializedBytes: message))
        case "Disconnect": try await self.disconnect(.init(serializedBytes: message))
        case "Presence": try await self.presence(.init(serializedBytes: message))
        case "PresenceStats": try await self.presenceStats(.init(serializedBytes: message))
        case "History": try await self.history(.init(serializedBytes: message))
        case "HistoryRemove": try await self.historyRemove(.init(serializedBytes: message))
        case "Info": try await self.info(.init(serializedBytes: message))
        case "RPC": try await self.rpc(.init(serializedBytes: message))
        case "Refresh": try await self.refresh(.init(serializedBytes: message))
        case "Channels": try await self.channels(.init(serializedBytes: message))
        case "Connections": try await self.connections(.init(serializedBytes: message))
        case "UpdateUserStatus": try await self.updateUserStatus(.init(serializedBytes: message))
        case "GetUserStatus": try await self.getUserStatus(.init(serializedBytes: message))
        case "DeleteUserStatus": try await self.deleteUserStatus(.init(serializedBytes: message))
        case "BlockUser": try await self.blockUser(.init(serializedBytes: message))
        case "UnblockUser": try await self.unblockUser(.init(serializedBytes: message))
        case "RevokeToken": try await self.revokeToken(.init(serializedBytes: message))
        case "InvalidateUserTokens": try await self.invalidateUserTokens(.init(serializedBytes: message))
        case "DeviceRegister": try await self.deviceRegister(.init(serializedBytes: message))
        case "DeviceUpdate": try await self.deviceUpdate(.init(serializedBytes: message))
        case "DeviceRemove": try await self.deviceRemove(.init(serializedBytes: message))
        case "DeviceList": try await self.deviceList(.init(serializedBytes: message))
        case "DeviceTopicList": try await self.deviceTopicList(.init(serializedBytes: message))
        case "DeviceTopicUpdate": try await self.deviceTopicUpdate(.init(serializedBytes: message))
        case "UserTopicList": try await self.userTopicList(.init(serializedBytes: message))
        case "UserTopicUpdate": try await self.userTopicUpdate(.init(serializedBytes: message))
        case "SendPushNotification": try await self.sendPushNotification(.init(serializedBytes: message))
        case "UpdatePushStatus": try await self.updatePushStatus(.init(serializedBytes: message))
        case "CancelPush": try await self.cancelPush(.init(serializedBytes: message))
        case "RateLimit": try await self.rateLimit(.init(serializedBytes: message))
        default: throw Unknown(method: method)
        }
    }

    struct Unknown: Error { let method: String }
}
