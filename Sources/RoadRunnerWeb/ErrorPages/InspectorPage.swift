import HTTPWorker
import HTTPTypes
import Logging
import Hummingbird
import NIOCore
import RoadRunnerRuntime

/// Shows the latest requests and events of this process, in debug.
struct InspectorPage: Sendable {
    let inspector: Inspector
    let path: String

    /// - Returns: nil when the request is for something else.
    func response(to request: Request) -> Response? {
        guard request.uri.path == self.path, request.method == .get || request.method == .head else { return nil }
        let html = ErrorPage.html(title: "Requests and events of this process") { self.content }
        var headers = ErrorPage.headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    private var content: String {
        let entries = self.inspector.all
        guard !entries.isEmpty else { return "<p>There were none yet.</p>" }
        return "<p>The last \(entries.count), the latest first. Each process has its own.</p>"
            + entries.map(Self.html).joined(separator: "\n")
    }

    private static func html(_ entry: Inspector.Entry) -> String {
        let unanswered = entry.isUnanswered ? " <strong>unanswered</strong>" : ""
        let route = entry.route.map { " (\(HTMLText.escape($0)))" } ?? ""
        return """
            <details><summary><code>\(entry.number). \(HTMLText.escape(entry.name))\(route)</code>: \
            \(HTMLText.escape(entry.result))\(unanswered), \(Self.milliseconds(entry.duration))</summary>
            <p>\(HTMLText.escape(entry.mode.rawValue)), id <code>\(HTMLText.escape(entry.id))</code></p>
            \(Self.lists(entry.trace).joined(separator: "\n"))
            \(entry.details.map(Self.html) ?? "")
            </details>
            """
    }

    private static func lists(_ trace: RequestTrace.Contents) -> [String] {
        [
            Self.table("Phases", trace.marks.map { [Self.milliseconds($0.time), $0.name] }),
            Self.table("Errors", trace.errors.map { [$0] }),
            Self.table(
                "Remote calls",
                trace.calls.map { [Self.milliseconds($0.time), $0.method, Self.milliseconds($0.duration), $0.error ?? ""] }),
            Self.table("Dumps", trace.dumps.map { [$0.place, $0.text] }),
            Self.table(
                "Log", trace.logs.map { [Self.milliseconds($0.time), $0.level.rawValue, $0.message, $0.metadata] }),
            Self.table("Tags", trace.tags.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }),
        ]
    }

    private static func table(_ title: String, _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let lines = rows.map { row in "<tr>" + row.map { "<td>\(HTMLText.escape($0))</td>" }.joined() + "</tr>" }
        return "<h3>\(title)</h3><table>\(lines.joined())</table>"
    }

    private static func html(_ details: RequestDetails) -> String {
        Self.table("Request", [["\(details.method) \(details.target)"]])
            + Self.table("Headers", details.headers.map { [$0.name, $0.value] })
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int(duration / .microseconds(1))
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: max(0, 3 - fraction.count)))\(fraction) ms"
    }
}
