import HTTPTypes
import HTTPWorker

/// The debug page of an error without a body: for an unknown path it lists the existing routes.
struct BareErrorReport {
    let error: BareError

    /// The maximum number of listed routes.
    private static let maximumRoutes = 500
    /// The number of nearest routes that are shown before the others.
    private static let nearest = 5
    private static let footer = """
        This page is shown because APP_DEBUG is on. Clients of a production server see only the status. HTTP_ERROR_BODIES=false leaves such \
        responses empty.
        """

    private var title: String { "\(self.error.status.code) \(self.error.status.reasonPhrase)" }
    private var routes: ArraySlice<NearRoute> { (self.error.routes ?? []).prefix(Self.maximumRoutes) }

    func text(_ format: ErrorResponseFormat) -> String {
        switch format {
        case .html: self.html
        case .json: self.json
        case .text: self.plain
        }
    }

    /// The possible cause, and how to fix it.
    private var advice: String {
        switch (self.error.routes, self.error.status) {
        case (let routes?, _):
            routes.isEmpty
                ? "The application has no routes, or none that are known: a responder without a router has none."
                : "A path must match a route as a whole, including case; a method that the route lacks gives 404 as well."
        case (_, .contentTooLarge):
            """
            The body is longer than the handler reads: the limit of collect(upTo:), or the context's maxUploadSize, which is 2 MiB by \
            default.
            """
        case (_, .internalServerError):
            """
            No error has reached the runtime: a middleware that catches errors, such as Hummingbird's CORSMiddleware, may have caught it. Add \
            ErrorPages to the router before it.
            """
        default: "HTTPError(_:message:) gives clients a message."
        }
    }

    // MARK: HTML

    private var html: String {
        ErrorPage.html(title: self.title) {
            var parts = [
                "<p>\(Self.capitalized(self.error.description)).</p>", "<p class=\"note\">\(HTMLText.escape(self.advice))</p>",
            ]
            let near = self.routes.prefix { $0.isMatch }
            let nearest = near.isEmpty ? self.routes.prefix(Self.nearest) : near
            if !nearest.isEmpty {
                parts.append(Self.table(near.isEmpty ? "The nearest routes" : "Routes of this path", nearest))
                let others = self.routes.dropFirst(nearest.count).sorted { $0.pattern < $1.pattern }
                if !others.isEmpty { parts.append(Self.table("All others", others[...])) }
            }
            parts.append("<footer>\(Self.footer)</footer>")
            return parts.joined(separator: "\n")
        }
    }

    private static func capitalized(_ sentence: String) -> String {
        HTMLText.escape(sentence.prefix(1).uppercased() + sentence.dropFirst())
    }

    private static func table(_ title: String, _ routes: ArraySlice<NearRoute>) -> String {
        let rows = routes.map {
            "<tr><td>\(Self.link($0))</td><td>\(HTMLText.escape($0.methods.joined(separator: " ")))</td></tr>"
        }
        return "<h2>\(title)</h2>\n<table class=\"routes\">\(rows.joined(separator: "\n"))</table>"
    }

    /// Paths that a browser can open are links.
    private static func link(_ route: NearRoute) -> String {
        let pattern = HTMLText.escape(route.pattern)
        let isPath = route.methods.contains("GET") && !route.pattern.utf8.contains { "{*:!".utf8.contains($0) }
        // Two leading slashes would name another host.
        return isPath && !route.pattern.hasPrefix("//") ? "<a href=\"\(pattern)\">\(pattern)</a>" : pattern
    }

    // MARK: JSON and text

    private struct JSON: Encodable {
        struct Route: Encodable {
            let path: String
            let methods: [String]
        }

        let status: Int
        let message: String
        let text: String
        let advice: String
        let routes: [Route]
    }

    private var json: String {
        let routes = self.routes.map { JSON.Route(path: $0.pattern, methods: $0.methods) }
        return ErrorJSON(
            JSON(
                status: self.error.status.code, message: self.error.status.reasonPhrase, text: self.error.description,
                advice: self.advice, routes: routes)
        ).text
    }

    private var plain: String {
        var lines = [self.title, "", self.error.description, self.advice]
        if !self.routes.isEmpty { lines += ["", "Routes, the nearest first:"] }
        lines += self.routes.map { "  \($0.pattern)  \($0.methods.joined(separator: " "))" }
        return lines.joined(separator: "\n") + "\n"
    }
}
