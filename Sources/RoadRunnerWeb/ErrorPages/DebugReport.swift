import HTTPTypes
import RoadRunnerRuntime

/// Everything that is known about an error.
struct DebugReport {
    let status: HTTPResponse.Status
    let error: ErrorDescription
    let activity: String
    let request: RequestDetails?
    let dumps: [RequestTrace.Dump]

    private var title: String { "\(self.status.code) \(self.status.reasonPhrase)" }
    private static let footer = "This page is shown because APP_DEBUG is on. Clients of a production server see no details."

    func text(_ format: ErrorResponseFormat) -> String {
        switch format {
        case .html: self.html
        case .json: self.json
        case .text: self.plain
        }
    }

    // MARK: HTML

    private var html: String {
        ErrorPage.html(title: self.title) {
            var parts = [Self.html(self.error, level: 2), "<p>It was thrown while \(HTMLText.escape(self.activity)).</p>"]
            if let request { parts.append(Self.html(request)) }
            if let last = self.dumps.last {
                parts.append("<h2>dump</h2><p>The last call was at <code>\(HTMLText.escape(last.place))</code>.</p>")
                parts += self.dumps.reversed().map {
                    "<h3>\(HTMLText.escape($0.place))</h3><pre>\(HTMLText.escape($0.text))</pre>"
                }
            }
            parts.append("<footer>\(Self.footer)</footer>")
            return parts.joined(separator: "\n")
        }
    }

    private static func html(_ error: ErrorDescription, level: Int) -> String {
        let own = "<h\(level)>\(HTMLText.escape(error.type))</h\(level)>\n<pre>\(HTMLText.escape(error.text))</pre>"
        let others = error.underlying.map { "<section><p>It was caused by:</p>\(Self.html($0, level: 3))</section>" }
        return ([own] + others).joined(separator: "\n")
    }

    private static func html(_ request: RequestDetails) -> String {
        let rows = request.headers.map {
            "<tr><th>\(HTMLText.escape($0.name))</th><td>\(HTMLText.escape($0.value))</td></tr>"
        }
        return """
            <h2>Request</h2>
            <p><code>\(HTMLText.escape("\(request.method) \(request.target)"))</code></p>
            <table class="headers">\(rows.joined())</table>
            """
    }

    // MARK: JSON and text

    private struct JSON: Encodable {
        struct Header: Encodable {
            let name: String
            let value: String
        }

        struct Request: Encodable {
            let method: String
            let path: String
            let query: String
            let headers: [Header]
        }

        let status: Int
        let message: String
        let type: String
        let text: String
        let underlying: [ErrorDescription]
        let `while`: String
        let request: Request?
        let dumps: [RequestTrace.Dump]
    }

    private var json: String {
        let request = self.request.map { request in
            JSON.Request(
                method: request.method, path: request.path, query: request.query,
                headers: request.headers.map { JSON.Header(name: $0.name, value: $0.value) })
        }
        return ErrorJSON(
            JSON(
                status: self.status.code, message: self.status.reasonPhrase, type: self.error.type, text: self.error.text,
                underlying: self.error.underlying, while: self.activity, request: request,
                dumps: self.dumps)
        ).text
    }

    private var plain: String {
        var lines = ["\(self.title)", ""]
        func add(_ error: ErrorDescription, _ indentation: String) {
            lines.append("\(indentation)\(error.type): \(error.text)")
            for cause in error.underlying { add(cause, indentation + "  caused by ") }
        }
        add(self.error, "")
        lines.append("while \(self.activity)")
        if let last = self.dumps.last { lines += ["", "The last dump was at \(last.place):", last.text] }
        return lines.joined(separator: "\n") + "\n"
    }
}
