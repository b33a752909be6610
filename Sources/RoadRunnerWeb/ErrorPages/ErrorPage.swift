import HTTPWorker
import HTTPTypes

/// The frame of our own pages.
enum ErrorPage {
    /// All but the type.
    static let headers: HTTPFields = [
        // An error of now says nothing about later.
        .cacheControl: "no-store",
        .xContentTypeOptions: "nosniff",
        .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    ]

    /// - Parameter content: HTML, in which nothing is left to escape.
    static func html(title: String, content: () -> String) -> String {
        let title = HTMLText.escape(title)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>\(title)</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 52rem; padding: 0 1rem }
            h1 { font-size: 1.25rem; color: #d0364a } h2 { font-size: 1rem; margin: 2rem 0 0 } h3 { font-size: .9rem; margin: 1rem 0 0 }
            pre { background: #8881; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 6px }
            section { border-left: 3px solid #8883; padding-left: 1rem }
            table { border-collapse: collapse; font-size: .875rem } th { text-align: left; padding-right: 1.5rem; vertical-align: top }
            td { overflow-wrap: anywhere } th, td { border-bottom: 1px solid #8883; padding-block: .2rem; font-family: ui-monospace, monospace }
            footer { opacity: .7; margin-top: 2rem; font-size: .875rem }
            </style>
            </head>
            <body>
            <h1>\(title)</h1>
            \(content())
            </body>
            </html>

            """
    }
}

enum HTMLText {
    static func escape(_ text: String) -> String {
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
