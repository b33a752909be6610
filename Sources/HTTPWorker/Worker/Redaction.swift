import HTTPTypes
package import Hummingbird
package import RoadRunnerRuntime

/// Masks secrets in output.
package enum Redaction {
    package static let mask = "••••"
    /// Parts of secret names: a name that contains one is secret, whatever separates its letters: `api_key`, `X-Api-Key`,
    /// `apiKey`.
    private static let fragments = [
        "authoriz", "authent", "oauth", "cookie", "token", "secret", "password", "passwd", "passphrase", "passcode", "pwd",
        "apikey",
        "accesskey", "privatekey", "credential", "session", "sessid", "signature", "csrf", "xsrf",
    ]
    /// Words of secret names: a name in which one is a separate word is secret: `X-Auth`, `auth_data`, `userPass`.
    private static let words: Set<String> = [
        "auth", "pass", "jwt", "sid", "sig", "otp", "totp", "mfa", "pin", "hmac", "bearer", "sess", "cred", "creds", "psk",
    ]
    /// Whole names that are secret.
    private static let names: Set<String> = [
        "code", "key", "state", "nonce", "ticket", "assertion", "samlresponse", "samlrequest",
    ]
    /// The number of times that a value is decoded to look for parameters within it.
    private static let maximumDepth = 4

    package static func redacted(_ field: HTTPField) -> String {
        Self.isSecret(field.name.rawName) ? Self.mask : Self.redacted(urlsIn: field.value.beginning(500))
    }

    package static func isSecret(_ name: String) -> Bool {
        let words = Self.words(of: name)
        let joined = words.joined()
        return self.fragments.contains { joined.contains($0) } || self.names.contains(joined)
            || words.contains { self.words.contains($0) }
    }

    /// The words of a name in lower case, separated by anything but letters and digits, and before capitals.
    private static func words(of name: String) -> [String] {
        var words = [""]
        var isAfterSmall = false
        for scalar in name.unicodeScalars {
            guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else {
                words.append("")
                isAfterSmall = false
                continue
            }
            if isAfterSmall, scalar.properties.isUppercase { words.append("") }
            isAfterSmall = scalar.properties.isLowercase
            words[words.count - 1] += scalar.properties.lowercaseMapping
        }
        return words.filter { !$0.isEmpty }
    }

    // MARK: Queries

    package static func redacted(query: String) -> String {
        let query = query.beginning(2000)
        // There are no names, as in most paths.
        guard query.utf8.contains(UInt8(ascii: "=")) else { return String(query) }
        return Self.redacted(query: query.utf8[...], depth: 0)
    }

    private static func redacted(query: Substring.UTF8View, depth: Int) -> String {
        var redacted = ""
        var rest = query
        while true {
            let end = rest.firstIndex(where: Self.separatesPairs) ?? rest.endIndex
            redacted += Self.redacted(pair: Substring(rest[..<end]), depth: depth)
            guard end < rest.endIndex else { return redacted }
            redacted += String(Substring(rest[end...end]))
            rest = rest[rest.index(after: end)...]
        }
    }

    /// A fragment may contain tokens as well (`#access_token=…`), and a value may be an unencoded URL.
    private static func separatesPairs(_ byte: UInt8) -> Bool { "&;#?".utf8.contains(byte) }

    private static func redacted(pair: Substring, depth: Int) -> String {
        guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { return String(pair) }
        let (name, value) = (pair[..<equals], pair.utf8[equals...].dropFirst())
        if Self.isSecret(Self.decoded(name)) || Self.hasSecrets(value, depth) { return "\(name)=\(Self.mask)" }
        return String(pair)
    }

    /// Whether an encoded value, such as the address of another page, contains secrets.
    private static func hasSecrets(_ value: Substring.UTF8View, _ depth: Int) -> Bool {
        guard value.contains(UInt8(ascii: "%")) else { return false }
        guard depth < Self.maximumDepth else { return true }
        let decoded = Self.decoded(Substring(value))
        guard decoded.utf8.contains(UInt8(ascii: "=")) else { return false }
        return Self.redacted(query: decoded.utf8[...], depth: depth + 1).contains(Self.mask)
    }

    /// A name can be hidden by percent-encoding.
    private static func decoded(_ text: Substring) -> String {
        PercentEncoding.decode(text.utf8, plusIsSpace: true).map { String(decoding: $0, as: UTF8.self) } ?? String(text)
    }

    // MARK: URLs

    /// Masks the secret parameters of a path (`;jsessionid=…`).
    package static func redacted(path: String) -> String { Self.redacted(query: path) }

    /// Many headers contain URLs: `Referer`, `X-Original-URL`, `Link`.
    private static func redacted(urlsIn value: String) -> String {
        let bytes = value.utf8
        let start = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        // The end of a query cannot be distinguished from the text that headers have after it.
        return Self.withoutUser(Substring(bytes[..<start])) + Self.redacted(query: bytes[start...], depth: 0)
    }

    /// Masks `user:password@` after `://`.
    private static func withoutUser(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var redacted: [UInt8] = []
        var index = 0
        while index < bytes.count {
            redacted.append(bytes[index])
            index += 1
            guard redacted.suffix(3).elementsEqual("://".utf8) else { continue }
            let end = bytes[index...].firstIndex { $0 <= 0x20 || "/<>\"".utf8.contains($0) } ?? bytes.endIndex
            guard let at = bytes[index..<end].lastIndex(of: UInt8(ascii: "@")) else { continue }
            redacted += Array(Self.mask.utf8)
            index = at
        }
        return String(decoding: redacted, as: UTF8.self)
    }
}

extension Request {
    /// The parts of the request that may be shown.
    package var details: RequestDetails {
        RequestDetails(
            method: self.method.rawValue, path: Redaction.redacted(path: self.uri.path),
            query: Redaction.redacted(query: self.uri.query ?? ""),
            headers: self.headers.prefix(100).map { ($0.name.rawName, Redaction.redacted($0)) })
    }

    /// Method and path, without the query and the values of path parameters, which may hold secrets.
    package var summary: String { "\(self.method.rawValue) \(Redaction.redacted(path: self.uri.path))" }
}
