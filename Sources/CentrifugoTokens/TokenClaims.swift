import JWTKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON object: the claims of a token, or a part of them.
struct TokenClaims: JWTPayload {
    private var values: [String: any Encodable & Sendable]

    init(_ values: [String: any Encodable & Sendable] = [:]) { self.values = values }

    subscript(name: String) -> (any Encodable & Sendable)? {
        get { self.values[name] }
        set { self.values[name] = newValue }
    }

    /// Claims with a meaning for Centrifugo, which only their own parameters may set.
    private static let known: Set<String> = [
        "sub", "exp", "iat", "nbf", "jti", "aud", "iss", "expire_at", "info", "b64info", "data", "b64data", "override",
        "channels", "subs",
        "meta", "channel", "client",
    ]

    mutating func setOthers(_ claims: [String: any Encodable & Sendable]) {
        self.values.merge(claims.filter { !Self.known.contains($0.key) }) { mine, _ in mine }
    }

    mutating func setRegistered(
        user: String, expiresIn: Duration?, notBefore: Date?, audience: [String], issuer: String?, id: String?
    ) {
        let now = Date()
        self["sub"] = user
        self["iat"] = Self.seconds(now, rounded: .down)
        // A missing claim means never. With 0 the token would have expired long ago.
        self["exp"] = expiresIn.map { Self.end(of: $0, from: now) }
        self["nbf"] = notBefore.map { Self.seconds($0, rounded: .down) }
        self["aud"] = audience.isEmpty ? nil : audience
        self["iss"] = issuer
        self["jti"] = id
    }

    mutating func setExpiry(_ expiry: TokenSigner.Expiry) {
        switch expiry.value {
        case .withToken: break
        case .never: self["expire_at"] = Int64(0)
        // 0 and less mean never, so an expiry in the past becomes 1970.
        case .after(let duration): self["expire_at"] = max(1, Self.end(of: duration, from: Date()))
        }
    }

    /// Sets `name`, or `b64name` if the value is bytes.
    mutating func setPayload(_ name: String, _ value: (any Encodable & Sendable)?) {
        if let bytes = value as? Data { self["b64\(name)"] = bytes.base64EncodedString() } else { self[name] = value }
    }

    // MARK: Times

    /// The longest duration: 100 years.
    private static let longest = Duration.seconds(100 * 365 * 86_400)

    private static func end(of duration: Duration, from now: Date) -> Int64 {
        // Longer ones do not fit into a claim.
        let (seconds, attoseconds) = max(.zero - Self.longest, min(duration, Self.longest)).components
        return Self.seconds(now, rounded: .up) + seconds + (attoseconds > 0 ? 1 : 0)
    }

    private static func seconds(_ date: Date, rounded rule: FloatingPointRoundingRule) -> Int64 {
        let seconds = date.timeIntervalSince1970.rounded(rule)
        // A date that is not a number counts as past.
        guard seconds > 0 else { return 0 }
        return seconds >= 9e15 ? 9_000_000_000_000_000 : Int64(seconds)
    }

    // MARK: Coding

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, value) in self.values { try container.encode(value, forKey: Key(stringValue: name)) }
    }

    /// Not supported: tokens are signed here, and read by Centrifugo.
    init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "claims cannot be decoded"))
    }

    func verify(using algorithm: some JWTAlgorithm) {}
}
