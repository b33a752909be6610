import HTTPTypes
package import Hummingbird
package import RoadRunnerRuntime

/// Keeps secrets from being shown.
package enum Redaction {
    private static let mask = "••••"
    /// A name that contains one of these is that of a secret.
    private static let secrets = [
        "authoriz", "authent", "auth-", "auth_", "oauth", "cookie", "token", "secret", "password", "passwd", "pwd", "api-key",
        "apikey", "api_key", "credential", "session",
        "signature", "csrf", "private-key",
    ]

    package static func redacted(_ field: HTTPField) -> String {
        Self.isSecret(field.name.canonicalName) ? Self.mask : field.value.beginning(500)
    }

    package static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return self.secrets.contains { name.contains($0) }
    }

    package static func redacted(query: String) -> String {
        let pairs = query.beginning(2000).utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        return pairs.map { pair in
            let pair = Substring(pair)
            guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")), Self.isSecret(Self.decoded(pair[..<equals])) else {
                return String(pair)
            }
            return "\(pair[..<equals])=\(Self.mask)"
        }.joined(separator: "&")
    }

    /// A name can be hidden by percent encoding.
    private static func decoded(_ text: Substring) -> String {
        PercentEncoding.decode(text.utf8).map { String(decoding: $0, as: UTF8.self) } ?? String(text)
    }
}

extension Request {
    /// What may be shown of it.
    package var details: RequestDetails {
        RequestDetails(
            method: self.method.rawValue, path: self.uri.path, query: Redaction.redacted(query: self.uri.query ?? ""),
            headers: self.headers.prefix(100).map { ($0.name.rawName, Redaction.redacted($0)) })
    }

    /// Method and path, without the query, which may hold secrets.
    package var summary: String { "\(self.method.rawValue) \(self.uri.path)" }
}
