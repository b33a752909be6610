import HTTPTypes
import Hummingbird

/// What may be shown of a request: secrets are masked.
struct RequestSummary: Sendable {
    let method: String
    let path: String
    /// With the values of secret parameters masked.
    let query: String
    let headers: [(name: String, value: String)]

    private static let mask = "••••"
    /// A name that contains one of these is that of a secret.
    private static let secrets = [
        "authoriz", "authent", "auth-", "auth_", "oauth", "cookie", "token", "secret", "password", "passwd", "pwd", "api-key", "apikey", "api_key", "credential", "session",
        "signature", "csrf", "private-key",
    ]

    init(_ request: Request) {
        self.method = request.method.rawValue
        self.path = request.uri.path
        self.query = Self.masked(query: request.uri.query ?? "")
        self.headers = request.headers.prefix(100).map { field in
            (field.name.rawName, Self.isSecret(field.name.canonicalName) ? Self.mask : String(field.value.prefix(500)))
        }
    }

    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return self.secrets.contains { name.contains($0) }
    }

    private static func masked(query: String) -> String {
        query.prefix(2000).split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard let equals = pair.firstIndex(of: "="), Self.isSecret(Self.decoded(pair[..<equals])) else { return String(pair) }
            return "\(pair[..<equals])=\(Self.mask)"
        }.joined(separator: "&")
    }

    /// A name can be hidden by percent encoding.
    private static func decoded(_ text: Substring) -> String {
        PercentEncoding.decode(text.utf8).map { String(decoding: $0, as: UTF8.self) } ?? String(text)
    }
}

extension Request {
    /// Method and path, without the query, which may hold secrets.
    var summary: String { "\(self.method.rawValue) \(self.uri.path)" }
}
