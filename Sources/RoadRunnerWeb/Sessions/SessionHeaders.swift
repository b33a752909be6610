import HTTPTypes
import HTTPWorker
import Logging
import RoadRunnerRuntime

/// The headers that a session adds to a response.
struct SessionHeaders: Sendable {
    /// The value of `Set-Cookie`, if there is one.
    var cookie: String?

    /// Whether this process has logged that it made a public response private.
    private static let warning = AtomicFlag()

    /// - Parameter warning: set when a response was public.
    func add(to headers: inout HTTPFields, _ logger: Logger, warning: AtomicFlag = Self.warning) {
        // A response whose handler has read the session depends on the cookie.
        headers.vary(by: "Cookie")
        guard let cookie else { return }
        headers[values: .setCookie].append(cookie)
        guard headers.makePrivate() else { return }
        warning.perform {
            logger.warning(
                """
                a response with Cache-Control: public sets a session's cookie, and is sent as private. Do not use the session \
                for public responses, or set private. This is logged once
                """)
        }
    }
}

extension HTTPFields {
    /// Adds a name to `Vary` unless it is present.
    mutating func vary(by name: String) {
        let lines = self[values: .vary]
        for element in HeaderList(lines) where element == "*" || element.hasBytesIgnoringCase(of: name) { return }
        self[.vary] = (lines.filter { !$0.isEmpty } + [name]).joined(separator: ", ")
    }

    /// Keeps the response out of shared caches, whatever its other caching directives.
    ///
    /// - Returns: whether shared caches would have stored it.
    mutating func makePrivate() -> Bool {
        let directives = Array(HeaderList(self[values: .cacheControl]))
        let others = directives.filter { !$0.hasBytesIgnoringCase(of: "public") }
        let isPrivate = others.contains { $0.hasBytesIgnoringCase(of: "private") || $0.hasBytesIgnoringCase(of: "no-store") }
        let isPublic = others.count < directives.count
        if isPublic || !isPrivate {
            self[.cacheControl] = ((isPrivate ? [] : ["private"]) + others.map(String.init)).joined(separator: ", ")
        }
        return isPublic
    }
}
