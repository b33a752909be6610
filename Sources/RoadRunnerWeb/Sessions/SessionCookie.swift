import HTTPTypes
import HTTPWorker
import Hummingbird

/// The cookie that carries a session's id. It is set when the id is new, and lives until the absolute timeout: only the server
/// knows when the session has been idle, and a late response never replaces a newer cookie.
package final class SessionCookie: Sendable {
    /// The maximum number of cookies that are read. Browsers send several of a name when they have them for different paths and
    /// domains.
    private static let maximumCount = 4

    private let options: SessionOptions

    /// Creates the cookie from valid options.
    package init(_ options: SessionOptions) { self.options = options }

    /// Returns the unique, well-formed ids among the request's cookies of this name.
    func ids(in headers: HTTPFields) -> [String] {
        var ids: [String] = []
        for line in headers[values: .cookie] {
            for part in line.utf8.split(separator: UInt8(ascii: ";")) {
                let pair = Substring(part).trimmingSpaces
                guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let value = pair[pair.utf8.index(after: equals)...]
                guard pair[..<equals].hasBytes(of: self.options.cookieName), SessionID.isPlausible(value),
                    !ids.contains(where: { $0.hasBytes(of: value) })
                else { continue }
                ids.append(String(value))
                if ids.count == Self.maximumCount { return ids }
            }
        }
        return ids
    }

    /// Returns the value of `Set-Cookie`.
    ///
    /// - Parameter lifetime: the lifetime in seconds; 0 removes the cookie.
    func line(_ value: String, lifetime: Int, isSecure: Bool) throws -> String {
        let isSecure =
            switch self.options.secure {
            case .byScheme: self.options.isAlwaysSecure || isSecure
            case .always, .never: self.options.isAlwaysSecure
            }
        return try Cookie.validated(
            name: self.options.cookieName, value: value, maxAge: lifetime, domain: self.options.domain,
            path: self.options.path, secure: isSecure, httpOnly: true, sameSite: self.options.sameSite
        ).description
    }
}
