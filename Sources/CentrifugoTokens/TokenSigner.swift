public import JWTKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Signs the JSON Web Tokens with which clients connect to Centrifugo and subscribe to channels.
///
/// A client with a token **bypasses the proxy**: Centrifugo checks the token itself, and neither `OnConnect` nor, for a subscription token,
/// `OnSubscribe` is asked.
///
/// ```swift
/// let signer = await TokenSigner(hmacSecret: secret)       // client.token.hmac_secret_key of Centrifugo's configuration
/// let token = try await signer.connectionToken(user: "7", expiresIn: .seconds(600))
/// ```
///
/// Source: Centrifugo's documentation, "Client JWT authentication" and "Channel JWT authorization".
public struct TokenSigner: Sendable {
    private let keys: JWTKeyCollection

    /// Signs with HMAC-SHA256.
    ///
    /// - Parameter hmacSecret: `client.token.hmac_secret_key`; at least 32 bytes are wise.
    public init(hmacSecret: String) async {
        self.keys = JWTKeyCollection()
        await self.keys.add(hmac: HMACKey(from: hmacSecret), digestAlgorithm: .sha256)
    }

    /// Signs with keys of your own: ECDSA, RSA or EdDSA, as Centrifugo's configuration has their public parts.
    public init(keys: JWTKeyCollection) { self.keys = keys }

    /// A token with which a client connects.
    ///
    /// - Parameters:
    ///   - user: the user's id; empty for an anonymous connection.
    ///   - expiresIn: nil for never. Clients ask for a new one when it has expired.
    ///   - info: what others see of the client in presence and join messages.
    ///   - channels: server-side subscriptions.
    ///   - meta: kept at Centrifugo; clients do not see it.
    ///   - audience, issuer: where Centrifugo is configured to check them.
    public func connectionToken<Info: Codable & Sendable, Meta: Codable & Sendable>(
        user: String, expiresIn: Duration?, info: Info? = Never?.none, channels: [String] = [], meta: Meta? = Never?.none,
        audience: [String] = [], issuer: String? = nil, id: String? = nil
    ) async throws -> String {
        let now = Date()
        return try await self.keys.sign(
            ConnectionClaims(
                sub: user, exp: Self.expiry(now, expiresIn), iat: Int64(now.timeIntervalSince1970), jti: id,
                aud: audience.isEmpty ? nil : audience, iss: issuer, info: info, channels: channels.isEmpty ? nil : channels,
                meta: meta))
    }

    /// A token with which a client subscribes to a channel.
    ///
    /// - Parameters:
    ///   - user: the user of the connection that subscribes.
    ///   - expiresIn: nil for never.
    ///   - info: what others see of the client in this channel.
    public func subscriptionToken<Info: Codable & Sendable>(
        user: String, channel: String, expiresIn: Duration?, info: Info? = Never?.none, audience: [String] = [],
        issuer: String? = nil, id: String? = nil
    ) async throws -> String {
        let now = Date()
        return try await self.keys.sign(
            SubscriptionClaims(
                sub: user, channel: channel, exp: Self.expiry(now, expiresIn), iat: Int64(now.timeIntervalSince1970), jti: id,
                aud: audience.isEmpty ? nil : audience, iss: issuer, info: info))
    }

    /// 100 years.
    private static let longest = Duration.seconds(100 * 365 * 86_400)

    /// Centrifugo takes 0 for "expires at once" and no claim for never.
    private static func expiry(_ now: Date, _ duration: Duration?) -> Int64? {
        guard let duration else { return nil }
        // Longer ones do not fit into a claim.
        let (seconds, attoseconds) = max(.zero - Self.longest, min(duration, Self.longest)).components
        return Int64(now.timeIntervalSince1970.rounded(.up)) + seconds + (attoseconds > 0 ? 1 : 0)
    }
}

private struct ConnectionClaims<Info: Codable & Sendable, Meta: Codable & Sendable>: JWTPayload {
    let sub: String
    let exp: Int64?
    let iat: Int64
    let jti: String?
    let aud: [String]?
    let iss: String?
    let info: Info?
    let channels: [String]?
    let meta: Meta?

    func verify(using algorithm: some JWTAlgorithm) {}
}

private struct SubscriptionClaims<Info: Codable & Sendable>: JWTPayload {
    let sub: String
    let channel: String
    let exp: Int64?
    let iat: Int64
    let jti: String?
    let aud: [String]?
    let iss: String?
    let info: Info?

    func verify(using algorithm: some JWTAlgorithm) {}
}
