import Centrifugo
import CentrifugoHTTP
import CentrifugoTokens
import Foundation
import NIOCore
import RoadRunnerAPI
import TestSupport
import Testing

/// Tests the server API over HTTP with a real Centrifugo, when `CENTRIFUGO_BINARY` names one.
@Suite(.enabled(if: CentrifugoServer.binary != nil, "CENTRIFUGO_BINARY is not set"), .serialized, .timeLimit(.minutes(2)))
struct CentrifugoAPITests {
    /// Tags and channels with the names of fields stay unchanged.
    @Test func keysOfMapsAreNotFields() async throws {
        let secret = "a secret that is long enough for this"
        let peers = try await CentrifugoPeers { _ in ["hmac_secret_key": secret] }
        let address = "http://127.0.0.1:\(peers.centrifugo.port)"
        let client = try CentrifugoClient(url: address + "/api", key: CentrifugoServer.apiKey)
        let channels = ["data", "meta", "info", "b64data"]
        let token = try await TokenSigner(hmacSecret: secret).connectionToken(user: "7", expiresIn: nil, channels: channels)
        let (connection, replies) = try await peers.connect([#""connect":{"token":"\#(token)"}"#])
        #expect(replies[1]?["connect"] != nil)
        #expect(try await client.channels() == Dictionary(uniqueKeysWithValues: channels.map { ($0, 1) }))

        let tags = ["data": "true", "info": "MTIz", "meta": "bnVsbA==", "b64data": "e30=", "message": "W10="]
        for text in [#"{"n":1.10,"data":{"data":"MTIz"}}"#, "[]", #""MTIz""#] {
            try await client.publish(ByteBuffer(string: text), to: "data", tags: tags)
            let latest = try await client.history(of: "data", limit: 1, isReversed: true).publications.first
            #expect(latest?.tags == tags)
            #expect(latest?.data == Data(text.utf8))
        }
        let presence = try await client.presence(in: "meta")
        #expect(presence.values.map(\.user) == ["7"])
        withExtendedLifetime(connection) {}

        for (url, key, kind) in [
            (address + "/api", "wrong", CentrifugoAPIError.Code.unauthorized),
            (address + "/nothing", CentrifugoServer.apiKey, .notFound),
        ] {
            let error = await #expect(throws: CentrifugoAPIError.self) {
                try await CentrifugoClient(url: url, key: key).publish(1, to: "data")
            }
            #expect(error?.code == kind && error?.isUnavailable == false)
        }
    }
}
