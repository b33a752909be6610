package import HTTPTypes
package import Hummingbird
import NIOCore
import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The responses of the runtime itself, where the application has none.
package enum ErrorResponse {
    /// In production nothing of `error` is shown; in debug all that is known of it.
    ///
    /// - Parameters:
    ///   - activity: what was being done, for the sentence "It was thrown while …".
    ///   - request: whose response it is; nil when it could not be read.
    package static func response(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response {
        let wanted = ErrorResponseFormat(accept: request?.headers[values: .accept] ?? [])
        let format = wanted ?? (isDebug ? .html : .text)
        let content: String
        if isDebug {
            let report = DebugReport(
                status: status, error: ErrorDescription(error), activity: activity, request: request.map(\.details),
                dumps: RequestTrace.current?.contents.dumps ?? [])
            content = report.text(format)
        } else {
            content = Self.generic(status, format)
        }
        var headers = ErrorPage.headers
        headers[.contentType] = "\(format.mediaType.type)/\(format.mediaType.subtype); charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: content)))
    }

    private static func generic(_ status: HTTPResponse.Status, _ format: ErrorResponseFormat) -> String {
        let title = "\(status.code) \(status.reasonPhrase)"
        switch format {
        case .text: return "\(title)\n"
        case .json:
            return JSONText.object([
                ("error", .object([("status", .number(status.code)), ("message", .string(status.reasonPhrase))]))
            ])
        case .html:
            return ErrorPage.html(title: title) { "<p>The server could not answer this request. It was noted.</p>" }
        }
    }
}

/// All that is known of an error.
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
            <table>\(rows.joined())</table>
            """
    }

    // MARK: JSON and text

    private var json: String {
        var entries: [(String, JSONText)] = [
            ("status", .number(self.status.code)), ("message", .string(self.status.reasonPhrase)),
        ]
        entries += Self.json(self.error)
        entries.append(("while", .string(self.activity)))
        if let request {
            entries.append(
                (
                    "request",
                    .object([
                        ("method", .string(request.method)), ("path", .string(request.path)), ("query", .string(request.query)),
                        (
                            "headers",
                            .array(request.headers.map { .object([("name", .string($0.name)), ("value", .string($0.value))]) })
                        ),
                    ])
                ))
        }
        entries.append(
            ("dumps", .array(self.dumps.map { .object([("place", .string($0.place)), ("text", .string($0.text))]) })))
        return JSONText.object([("error", .object(entries))])
    }

    private static func json(_ error: ErrorDescription) -> [(String, JSONText)] {
        [
            ("type", .string(error.type)), ("text", .string(error.text)),
            ("underlying", .array(error.underlying.map { .object(Self.json($0)) })),
        ]
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

/// A JSON text, put together without the types that encoders want.
enum JSONText {
    case string(String)
    case number(Int)
    case array([JSONText])
    case object([(String, JSONText)])

    static func object(_ entries: [(String, JSONText)]) -> String { JSONText.object(entries).text + "\n" }

    private var text: String {
        switch self {
        case .string(let text):
            (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        case .number(let number): String(number)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let entries):
            "{" + entries.map { "\(JSONText.string($0.0).text):\($0.1.text)" }.joined(separator: ",") + "}"
        }
    }
}
