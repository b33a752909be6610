package import HTTPTypes
package import Hummingbird
import NIOCore

/// The answers of the runtime itself, where the application has none.
package enum ErrorAnswer {
    /// In production nothing of `error` is shown; in debug a page with what is known of it.
    package static func response(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, isDebug: Bool
    ) -> Response {
        var response =
            isDebug
            ? Self.page(status, error, activity)
            : Self.text(status)
        // An error of now says nothing about later.
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func text(_ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n"))
        )
    }

    private static func page(_ status: HTTPResponse.Status, _ error: any Error, _ activity: String) -> Response {
        // Errors can quote whole documents.
        let text = String(String(describing: error).prefix(4000))
        let title = "\(status.code) \(status.reasonPhrase)"
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="robots" content="noindex">
            <title>\(title)</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 46rem; padding: 0 1rem; color: #222 }
            h1 { font-size: 1.25rem; color: #b00020 } h2 { font-size: 1rem; margin: 2rem 0 0 }
            pre { background: #f4f4f5; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 6px }
            footer { color: #666; margin-top: 2rem; font-size: .875rem }
            </style>
            </head>
            <body>
            <h1>\(title)</h1>
            <h2>\(escape(String(reflecting: type(of: error))))</h2>
            <pre>\(escape(text))</pre>
            <p>It was thrown while \(escape(activity)).</p>
            <footer>This page is shown because APP_DEBUG is on. Clients of a production server see no details.</footer>
            </body>
            </html>

            """
        return Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html))
        )
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
