import CentrifugoTokens
import Crypto
import CryptoExtras
import Foundation
import JWTKit
import TestSupport
import Testing

/// Tests this package's tokens with a real Centrifugo, when `CENTRIFUGO_BINARY` names one.
@Suite(.enabled(if: CentrifugoServer.binary != nil, "CENTRIFUGO_BINARY is not set"), .serialized, .timeLimit(.minutes(4)))
struct CentrifugoTokenTests {
    private static let secret = "a secret that is long enough for HS512, which wants sixty-four bytes"

    /// Tests all algorithms whose keys the configuration of Centrifugo contains.
    @Test func keysOfAllKinds() async throws {
        let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let ecdsa = P256.Signing.PrivateKey()
        let peers = try await CentrifugoPeers { _ in
            [
                "hmac_secret_key": Self.secret, "rsa_public_key": rsa.publicKey.pemRepresentation,
                "ecdsa_public_key": ecdsa.publicKey.pemRepresentation,
            ]
        }
        let rsaKey = try Insecure.RSA.PrivateKey(pem: rsa.pemRepresentation)
        let signers = [
            "HS256": await TokenSigner(hmacSecret: Self.secret),
            "HS384": await TokenSigner(hmacSecret: Self.secret, algorithm: .sha384),
            "HS512": await TokenSigner(hmacSecret: Self.secret, algorithm: .sha512),
            "RS256": TokenSigner(keys: await JWTKeyCollection().add(rsa: rsaKey, digestAlgorithm: .sha256)),
            "RS512": TokenSigner(keys: await JWTKeyCollection().add(rsa: rsaKey, digestAlgorithm: .sha512)),
            "ES256": TokenSigner(keys: await JWTKeyCollection().add(ecdsa: try ES256PrivateKey(backing: ecdsa))),
        ]
        for (name, signer) in signers {
            let reply = try await peers.connect(token: signer.connectionToken(user: name, expiresIn: .seconds(600)))
            #expect(
                reply?["connect"]?["client"]?.string != nil, "\(name) \(String(describing: reply)) \(peers.centrifugo.output)")
        }
        let stranger = await TokenSigner(hmacSecret: "another secret, which is just as long as the other")
        let refused = try await peers.connect(token: stranger.connectionToken(user: "x", expiresIn: .seconds(600)))
        #expect(refused?["connect"] == nil)
    }

    /// Centrifugo looks for the keys of Ed25519 only at a JWKS endpoint, by their ids.
    @Test func keysOfAKeySet() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let public64 = key.publicKey.rawRepresentation.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        let peers = try await CentrifugoPeers(
            keySet: #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026","use":"sig","alg":"EdDSA","x":"\#(public64)"}]}"#
        ) { ["jwks_public_endpoint": $0 + "/keys"] }
        let keys = await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key), kid: "2026")
        let token = try await TokenSigner(keys: keys, keyID: "2026").connectionToken(user: "7", expiresIn: .seconds(600))
        let reply = try await peers.connect(token: token)
        #expect(reply?["connect"]?["client"]?.string != nil, "\(String(describing: reply)) \(peers.centrifugo.output)")
        let other = await JWTKeyCollection().add(eddsa: try EdDSA.PrivateKey(), kid: "2026")
        let forged = try await TokenSigner(keys: other, keyID: "2026").connectionToken(user: "7", expiresIn: .seconds(600))
        #expect(try await peers.connect(token: forged)?["connect"] == nil)
    }

    @Test func connectionTokens() async throws {
        let peers = try await CentrifugoPeers { _ in ["hmac_secret_key": Self.secret, "audience": "chat", "issuer": "app"] }
        let signer = await TokenSigner(hmacSecret: Self.secret)
        let token = try await signer.connectionToken(
            user: "7", expiresIn: .seconds(60), connection: .after(.seconds(900)), info: Data(#"{"name":"ann"}"#.utf8),
            channels: ["plain"],
            subscriptions: [
                "news": TokenSubscription(info: ["role": "reader"], data: ["hello": 1]),
                "quiet": TokenSubscription(data: Data(#"{"bytes":true}"#.utf8), override: .init(presence: false)),
            ], meta: ["tenant": "t1"], notBefore: Date(timeIntervalSinceNow: -60), audience: ["web", "chat"], issuer: "app",
            id: "j1")
        let (connection, replies) = try await peers.connect([
            #""connect":{"token":"\#(token)"}"#, #""rpc":{"method":"meta","data":{}}"#,
        ])
        let connect = replies[1]?["connect"]
        #expect(connect?["expires"]?.bool == true)
        #expect((890...901).contains(connect?["ttl"]?.number ?? 0), "\(replies)")
        #expect(connect?["subs"]?["news"]?["data"]?["hello"]?.number == 1)
        #expect(connect?["subs"]?["quiet"]?["data"]?["bytes"]?.bool == true)
        #expect(connect?["subs"]?["plain"] != nil)
        #expect(replies[2]?["rpc"]?["data"]?["meta"]?["tenant"]?.string == "t1", "\(replies)")
        #expect(replies[2]?["rpc"]?["data"]?["user"]?.string == "7")
        let news = try await peers.presence("news")
        #expect(news.contains(#""conn_info":{"name":"ann"}"#) && news.contains(#""chan_info":{"role":"reader"}"#), "\(news)")
        #expect(try await peers.presence("plain").contains(#""user":"7""#))
        #expect(try await !peers.presence("quiet").contains(#""user":"7""#))
        withExtendedLifetime(connection) {}

        // Centrifugo needs the token only until the client is connected.
        let forever = try await signer.connectionToken(
            user: "7", expiresIn: .seconds(60), connection: .never, audience: ["chat"], issuer: "app")
        let lasting = try await peers.connect(token: forever)?["connect"]
        #expect(lasting != nil && lasting?["expires"] == nil)
        let refused = [
            try await signer.connectionToken(user: "7", expiresIn: .seconds(60), audience: ["web"], issuer: "app"),
            try await signer.connectionToken(user: "7", expiresIn: .seconds(60), audience: ["chat"], issuer: "other"),
            try await signer.connectionToken(user: "7", expiresIn: .seconds(-60), audience: ["chat"], issuer: "app"),
            try await signer.connectionToken(
                user: "7", expiresIn: .seconds(900), notBefore: Date(timeIntervalSinceNow: 600), audience: ["chat"], issuer: "app"
            ),
        ]
        for (number, token) in refused.enumerated() {
            #expect(try await peers.connect(token: token)?["connect"] == nil, "\(number)")
        }
    }

    @Test func subscriptionTokens() async throws {
        let peers = try await CentrifugoPeers { _ in ["hmac_secret_key": Self.secret] }
        let signer = await TokenSigner(hmacSecret: Self.secret)
        let connect = try await signer.connectionToken(user: "7", expiresIn: nil)
        let tokens = [
            (
                "one",
                try await signer.subscriptionToken(
                    user: "7", channel: "one", expiresIn: .seconds(60), subscription: .after(.seconds(900)),
                    options: TokenSubscription(info: ["n": 1], data: Data(#"{"d":2}"#.utf8)))
            ),
            (
                "two",
                try await signer.subscriptionToken(
                    user: "7", channel: "two", expiresIn: .seconds(60), subscription: .never,
                    options: TokenSubscription(info: Data(#"{"n":2}"#.utf8), override: .init(presence: false)))
            ),
        ]
        let (connection, replies) = try await peers.connect(
            [#""connect":{"token":"\#(connect)"}"#] + tokens.map { #""subscribe":{"channel":"\#($0.0)","token":"\#($0.1)"}"# })
        #expect(replies[1]?["connect"] != nil)
        let one = replies[2]?["subscribe"]
        #expect(one?["expires"]?.bool == true && (890...901).contains(one?["ttl"]?.number ?? 0), "\(replies)")
        #expect(one?["data"]?["d"]?.number == 2)
        #expect(try await peers.presence("one").contains(#""chan_info":{"n":1}"#))
        #expect(replies[3]?["subscribe"] != nil && replies[3]?["subscribe"]?["expires"] == nil)
        #expect(try await !peers.presence("two").contains(#""user""#))
        withExtendedLifetime(connection) {}
        // Valid neither for another connection nor for another user.
        for token in [
            try await signer.subscriptionToken(user: "7", channel: "three", expiresIn: .seconds(60), client: "someone else"),
            try await signer.subscriptionToken(user: "8", channel: "three", expiresIn: .seconds(60)),
        ] {
            let commands = [
                #""connect":{"token":"\#(connect)"}"#, #""subscribe":{"channel":"three","token":"\#(token)"}"#,
            ]
            let refused = try await peers.connect(commands).replies
            #expect(refused[1]?["connect"] != nil && refused[2]?["subscribe"] == nil, "\(refused)")
        }
    }
}
