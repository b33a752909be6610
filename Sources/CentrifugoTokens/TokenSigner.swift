public import JWTKit

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Signs the JSON Web Tokens with which clients connect to Centrifugo and subscribe to channels.
///
/// A client with a token **bypasses the proxy**: Centrifugo checks the token itself, and calls neither `OnConnect` nor, for a
/// subscription token, `OnSubscribe`.
///
/// ```swift
/// let signer = await TokenSigner(hmacSecret: secret)       // client.token.hmac_secret_key of Centrifugo's configuration
/// let token = try await signer.connectionToken(user: "7", expiresIn: .seconds(600))
/// ```
///
/// `JWTKeyCollection` has other keys: RSA and ECDSA, whose public parts Centrifugo has as `client.token.rsa_public_key` and
/// `ecdsa_public_key`, or finds at `jwks_public_endpoint`, which Ed25519 requires. There it looks up the key by its id:
///
/// ```swift
/// import JWTKit
///
/// let keys = await JWTKeyCollection().add(eddsa: privateKey, kid: "2026")
/// let signer = TokenSigner(keys: keys, keyID: "2026")
/// ```
///
/// The claims `info`, `data` and `meta` are values that become JSON, with dates in seconds since 1970. `Data` as `info` or `data`
/// is sent unchanged, in the claims for bytes (`b64info`, `b64data`).
///
/// Source: Centrifugo's documentation, "Client JWT authentication" and "Channel JWT authorization".
public struct TokenSigner: Sendable {
    private let keys: JWTKeyCollection
    private let keyID: JWKIdentifier?

    /// Creates a signer with HMAC: HS256, HS384 or HS512.
    ///
    /// - Parameter hmacSecret: `client.token.hmac_secret_key`, preferably 32 bytes or more.
    public init(hmacSecret: String, algorithm: DigestAlgorithm = .sha256) async {
        // jwt-kit traps for keys that are shorter than the hash. HMAC pads keys with zeros anyway, so the signature is the same.
        var key = Array(hmacSecret.utf8)
        if key.count < 64 { key += Array(repeating: 0, count: 64 - key.count) }
        self.init(keys: await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: algorithm))
    }

    /// Creates a signer with your own keys.
    ///
    /// - Parameter keyID: the key to sign with, by its id, which is in the token's header for servers that look up keys at a JWKS
    ///   endpoint. Nil for the collection's default key.
    public init(keys: JWTKeyCollection, keyID: JWKIdentifier? = nil) {
        self.keys = keys
        self.keyID = keyID
    }

    /// When a connection or subscription that a token starts expires.
    public struct Expiry: Sendable, Hashable {
        enum Value: Hashable { case withToken, never, after(Duration) }
        let value: Value

        /// Together with the token.
        public static let withToken = Expiry(value: .withToken)
        /// Never: the token is needed only to start.
        public static let never = Expiry(value: .never)
        /// After a duration from now.
        public static func after(_ duration: Duration) -> Expiry { Expiry(value: .after(duration)) }
    }

    /// Returns a token with which a client connects.
    ///
    /// - Parameters:
    ///   - user: the user's id; empty for an anonymous connection.
    ///   - expiresIn: when the token expires; nil for never. Clients ask for a new one when their connection has expired.
    ///   - connection: when the connection expires.
    ///   - info: information about the client that others see in presence and join messages.
    ///   - channels: server-side subscriptions.
    ///   - subscriptions: server-side subscriptions with their own options, by channel.
    ///   - meta: data that Centrifugo keeps and clients do not see.
    ///   - notBefore: the time from which the token is valid.
    ///   - audience, issuer: the claims of these names, if Centrifugo is configured to check them.
    ///   - claims: other claims by name, such as the one that `user_id_claim` of Centrifugo's configuration names. They replace
    ///     none of the above.
    public func connectionToken(
        user: String, expiresIn: Duration?, connection: Expiry = .withToken, info: (any Encodable & Sendable)? = nil,
        channels: [String] = [], subscriptions: [String: TokenSubscription] = [:], meta: (any Encodable & Sendable)? = nil,
        notBefore: Date? = nil, audience: [String] = [], issuer: String? = nil, id: String? = nil,
        claims: [String: any Encodable & Sendable] = [:]
    ) async throws -> String {
        var token = TokenClaims()
        token.setOthers(claims)
        token.setRegistered(
            user: user, expiresIn: expiresIn, notBefore: notBefore, audience: audience, issuer: issuer, id: id)
        token.setExpiry(connection)
        token.setPayload("info", info)
        token["meta"] = meta
        if subscriptions.isEmpty {
            token["channels"] = channels.isEmpty ? nil : channels
        } else {
            // Centrifugo reads one of the two.
            token["subs"] = TokenClaims(
                Dictionary(channels.map { ($0, TokenSubscription().claims) }) { $1 }.merging(subscriptions.mapValues(\.claims)) {
                    $1
                })
        }
        return try await self.keys.sign(token, kid: self.keyID)
    }

    /// Returns a token with which a client subscribes to a channel.
    ///
    /// - Parameters:
    ///   - user: the user of the connection that subscribes.
    ///   - expiresIn: when the token expires; nil for never. Clients ask for a new one when their subscription has expired.
    ///   - subscription: when the subscription expires.
    ///   - client: the only connection that may use it, by its id; nil for all of the user's.
    ///   - options: information about the client for others in this channel, and the subscription's options.
    ///   - notBefore: the time from which the token is valid.
    ///   - audience, issuer: the claims of these names, if Centrifugo is configured to check them.
    ///   - claims: other claims by name. They replace none of the above.
    public func subscriptionToken(
        user: String, channel: String, expiresIn: Duration?, subscription: Expiry = .withToken, client: String? = nil,
        options: TokenSubscription = TokenSubscription(), notBefore: Date? = nil, audience: [String] = [], issuer: String? = nil,
        id: String? = nil, claims: [String: any Encodable & Sendable] = [:]
    ) async throws -> String {
        var token = options.claims
        token.setOthers(claims)
        token.setRegistered(
            user: user, expiresIn: expiresIn, notBefore: notBefore, audience: audience, issuer: issuer, id: id)
        token.setExpiry(subscription)
        token["channel"] = channel
        token["client"] = client
        return try await self.keys.sign(token, kid: self.keyID)
    }
}
