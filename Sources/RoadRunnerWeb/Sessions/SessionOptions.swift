import HTTPWorker
public import Hummingbird

/// The settings of sessions and their cookies.
///
/// ```swift
/// let options = SessionOptions(cookieName: "__Host-session", idleTimeout: .seconds(900), secure: .always)
/// router.add(middleware: try BrowserSessions(driver, options: options))
/// ```
///
/// Timeouts are rounded up to whole seconds, from one second to ten years; the idle timeout is at most the absolute one.
public struct SessionOptions: Sendable {
    /// When the session's cookie is restricted to encrypted connections.
    public enum Secure: Sendable, Hashable {
        /// When the client's connection is encrypted: `context.client.isSecure`.
        case byScheme
        /// Always, however the request arrived.
        case always
        /// Never, unless `sameSite` is `.none`.
        case never
    }

    /// The cookie's name: a token of RFC 6265. Browsers accept `__Host-…` only with ``Secure/always``, the path `/` and no
    /// domain, and `__Secure-…` only with ``Secure/always``.
    public var cookieName: String
    /// How long a session lives without being used, that is, without a request that reads or changes it.
    public var idleTimeout: Duration
    /// How long a session lives at most, used or not. The driver keeps its values for the same time.
    public var absoluteTimeout: Duration
    /// The requests from other sites that carry the cookie.
    public var sameSite: Cookie.SameSite
    /// When the cookie is sent only over encrypted connections. `sameSite: .none` always requires that.
    public var secure: Secure
    /// The path of the site that the cookie applies to.
    public var path: String
    /// The domain whose subdomains receive the cookie as well; nil restricts it to the host.
    public var domain: String?
    /// The prefix of the driver's keys, before the hash of the session's id.
    public var keyPrefix: String

    /// Creates options. Parameters that are left out have their default values.
    ///
    /// - Parameters:
    ///   - idleTimeout: two hours by default.
    ///   - absoluteTimeout: seven days by default.
    public init(
        cookieName: String = "session", idleTimeout: Duration = .seconds(2 * 60 * 60),
        absoluteTimeout: Duration = .seconds(7 * 24 * 60 * 60), sameSite: Cookie.SameSite = .lax, secure: Secure = .byScheme,
        path: String = "/", domain: String? = nil, keyPrefix: String = "session:"
    ) {
        self.cookieName = cookieName
        self.idleTimeout = idleTimeout
        self.absoluteTimeout = absoluteTimeout
        self.sameSite = sameSite
        self.secure = secure
        self.path = path
        self.domain = domain
        self.keyPrefix = keyPrefix
    }

    /// Whether the cookie is restricted to encrypted connections, however the request arrived.
    var isAlwaysSecure: Bool { self.secure == .always || self.sameSite == .none }

    /// Ten years, which every driver supports.
    private static let longest = 10 * 365 * 24 * 60 * 60

    /// The whole seconds of a timeout.
    static func seconds(_ timeout: Duration) -> Int {
        let (seconds, attoseconds) = timeout.components
        let (whole, isTooLong) = Int(clamping: seconds).addingReportingOverflow(attoseconds > 0 ? 1 : 0)
        return isTooLong ? Self.longest : min(max(1, whole), Self.longest)
    }
}

extension SessionOptions {
    /// Throws for options with which browsers would silently drop the cookie.
    func validate() throws(SessionError) {
        let name = self.cookieName
        guard !name.isEmpty, name.utf8.allSatisfy({ HeaderScanner.isToken($0) && !"{}".utf8.contains($0) }) else {
            throw .invalidOption(
                "\"\(name.beginning(100))\" cannot be the name of a session's cookie: use ASCII letters, digits, \"-\" and \"_\"")
        }
        guard self.path.utf8.first == UInt8(ascii: "/"),
            self.path.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ";") })
        else {
            throw .invalidOption(
                "\"\(self.path.beginning(100))\" cannot be the path of a session's cookie: start with \"/\", and use ASCII without \";\""
            )
        }
        if let domain {
            guard !domain.isEmpty, domain.utf8.allSatisfy({ HeaderScanner.isToken($0) && $0 != UInt8(ascii: "_") }) else {
                throw .invalidOption(
                    "\"\(domain.beginning(100))\" cannot be the domain of a session's cookie: write one such as example.com, without a port"
                )
            }
        }
        try self.validatePrefix()
    }

    /// Browsers compare the prefixes without regard to case (RFC 6265bis, section 5.7).
    private func validatePrefix() throws(SessionError) {
        let beginning = self.cookieName.asciiLowercased
        let isHost = beginning.hasPrefix("__host-")
        guard isHost || beginning.hasPrefix("__secure-") || beginning.hasPrefix("__http-") else { return }
        let prefix = isHost ? "__Host-" : beginning.hasPrefix("__secure-") ? "__Secure-" : "__Http-"
        guard self.isAlwaysSecure else {
            throw .invalidOption(
                "browsers keep the cookie \"\(self.cookieName)\" only if it is always Secure: set secure: .always, or remove \"\(prefix)\""
            )
        }
        guard isHost else { return }
        guard self.path == "/" else {
            throw .invalidOption(
                "browsers keep the cookie \"\(self.cookieName)\" only for the path \"/\", not for \"\(self.path)\": remove the path or \"__Host-\""
            )
        }
        guard self.domain == nil else {
            throw .invalidOption(
                "browsers keep the cookie \"\(self.cookieName)\" only without a domain: remove the domain or \"__Host-\"")
        }
    }
}
