import CentrifugoTokens
import Crypto
import Foundation
import JWTKit
import Testing

/// Tests all claims that Centrifugo reads.
@Suite struct TokenClaimsTests {
    /// Returns the parts of a token that is signed with a fresh key.
    private static func parts(
        _ make: (TokenSigner) async throws -> String
    ) async throws -> (header: [String: Any], claims: [String: Any]) {
        let keys = await JWTKeyCollection().add(eddsa: try EdDSA.PrivateKey(), kid: "2026")
        let token = try await make(TokenSigner(keys: keys, keyID: "2026"))
        let parts = token.split(separator: ".").map { part -> Data in
            var text = part.replacing("-", with: "+").replacing("_", with: "/")
            while text.count % 4 != 0 { text += "=" }
            return Data(base64Encoded: String(text)) ?? Data()
        }
        try #require(parts.count == 3)
        return (
            try #require(try JSONSerialization.jsonObject(with: parts[0]) as? [String: Any]),
            try #require(try JSONSerialization.jsonObject(with: parts[1]) as? [String: Any])
        )
    }

    /// Encodes a value as JSON with sorted keys.
    private static func json(_ value: Any?) throws -> String {
        let value = try #require(value)
        return String(
            decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed]), as: UTF8.self)
    }

    @Test func connections() async throws {
        let (header, claims) = try await Self.parts {
            try await $0.connectionToken(
                user: "7", expiresIn: .seconds(60), connection: .never, info: Data("{}".utf8), channels: ["a", "b"],
                subscriptions: [
                    "b": TokenSubscription(
                        info: ["n": 1], data: Data([0xFF]),
                        override: .init(
                            presence: true, joinLeave: false, forceRecovery: true, forcePositioning: false,
                            forcePushJoinLeave: true))
                ], meta: [1, 2], notBefore: Date(timeIntervalSince1970: 1000.7), audience: ["x"], issuer: "i", id: "j",
                claims: ["user_id": "8", "sub": "mallory", "channel": "c", "caps": [["channels": ["d"]]]])
        }
        #expect(header["alg"] as? String == "EdDSA" && header["kid"] as? String == "2026")
        #expect(
            Set(claims.keys) == [
                "sub", "exp", "iat", "nbf", "jti", "aud", "iss", "expire_at", "b64info", "subs", "meta", "user_id", "caps",
            ])
        #expect(claims["sub"] as? String == "7" && claims["jti"] as? String == "j" && claims["user_id"] as? String == "8")
        #expect(claims["expire_at"] as? Int == 0 && claims["nbf"] as? Int == 1000 && claims["b64info"] as? String == "e30=")
        #expect(try Self.json(claims["meta"]) == "[1,2]" && Self.json(claims["caps"]) == #"[{"channels":["d"]}]"#)
        // Centrifugo would ignore `channels` beside `subs`.
        let override =
            #"{"force_positioning":{"value":false},"force_push_join_leave":{"value":true},"force_recovery":{"value":true},"#
            + #""join_leave":{"value":false},"presence":{"value":true}}"#
        #expect(
            try Self.json(claims["subs"]).replacing("\\/", with: "/")
                == #"{"a":{},"b":{"b64data":"/w==","info":{"n":1},"override":\#(override)}}"#)
    }

    @Test func subscriptions() async throws {
        let (_, claims) = try await Self.parts {
            try await $0.subscriptionToken(
                user: "7", channel: "c", expiresIn: .seconds(60), subscription: .after(.seconds(Int64.max)), client: "x",
                options: TokenSubscription(info: Data("{}".utf8), data: [1], override: .init(presence: false)),
                claims: ["channel": "other", "allow": ["pub"]])
        }
        #expect(
            Set(claims.keys) == ["sub", "exp", "iat", "channel", "client", "expire_at", "b64info", "data", "override", "allow"])
        #expect(claims["channel"] as? String == "c" && claims["client"] as? String == "x")
        #expect(try Self.json(claims["override"]) == #"{"presence":{"value":false}}"#)
        let iat = try #require(claims["iat"] as? Int)
        #expect((0...1).contains(try #require(claims["expire_at"] as? Int) - iat - 100 * 365 * 86_400))
    }

    /// A past expiry must not become 0, which means never.
    @Test(arguments: [Duration.seconds(Int64.min), .seconds(-1_000_000_000_000), .zero, .seconds(-1)])
    func pastExpiriesAreNotNever(_ duration: Duration) async throws {
        let (_, claims) = try await Self.parts {
            try await $0.connectionToken(user: "7", expiresIn: nil, connection: .after(duration))
        }
        #expect(claims["exp"] == nil)
        #expect(try #require(claims["expire_at"] as? Int) >= 1)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300]) func datesOutOfRange(_ time: Double) async throws {
        let (_, claims) = try await Self.parts {
            try await $0.subscriptionToken(
                user: "7", channel: "c", expiresIn: nil, notBefore: Date(timeIntervalSince1970: time))
        }
        #expect(claims["nbf"] as? Int == (time > 0 ? 9_000_000_000_000_000 : 0))
    }

    /// Short secrets are unwise, but Centrifugo accepts them.
    @Test(arguments: ["", "secret", String(repeating: "ž", count: 31), String(repeating: "x", count: 100)])
    func secretsOfAnyLength(_ secret: String) async throws {
        let token = try await TokenSigner(hmacSecret: secret).connectionToken(user: "7", expiresIn: nil)
        let end = try #require(token.lastIndex(of: "."))
        let code = HMAC<SHA256>.authenticationCode(for: Data(token[..<end].utf8), using: SymmetricKey(data: Data(secret.utf8)))
        let text = Data(code).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(token[end...].dropFirst() == text)
    }

    @Test(arguments: [(DigestAlgorithm.sha256, "HS256"), (.sha384, "HS384"), (.sha512, "HS512")])
    func secrets(_ algorithm: DigestAlgorithm, _ name: String) async throws {
        let token = try await TokenSigner(hmacSecret: "secret", algorithm: algorithm).connectionToken(user: "7", expiresIn: nil)
        let header = try #require(token.split(separator: ".").first)
        var text = String(header)
        while text.count % 4 != 0 { text += "=" }
        #expect(String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self).contains("\"\(name)\""))
    }
}
