import HTTPTypes

/// The frame of the package's pages.
enum ErrorPage {
    /// All headers but `Content-Type`.
    static let headers: HTTPFields = [
        // A later request may succeed.
        .cacheControl: "no-store",
        .xContentTypeOptions: "nosniff",
        .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    ]

    /// - Parameter content: HTML below the title, fully escaped.
    static func html(title: String, content: () -> String) -> String {
        Self.frame(title: title, style: "\n\(Self.style)\n") { "<h1>\(HTMLText.escape(title))</h1>\n\(content())" }
    }

    /// Creates a page without references to other files.
    ///
    /// - Parameters:
    ///   - head: additional HTML for its head.
    ///   - style: all of its rules. A content security policy can allow them by their hash.
    ///   - body: HTML, fully escaped.
    static func frame(title: String, head: String = "", style: String, body: () -> String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>\(HTMLText.escape(title))</title>
        \(head)<style>\(style)</style>
        </head>
        <body>
        \(body())
        </body>
        </html>

        """
    }

    /// Light or dark, as the reader has chosen. Text has a contrast of at least 4.5 to 1 in both.
    static let style = """
        :root { color-scheme: light dark; --back: #fff; --text: #1c1e21; --soft: #5c6370; --line: #d5d9e0; --box: #f3f4f7; --link: #0b57c2;
          --bad: #b3261e; --odd: #8a5300; --good: #1a6b3a }
        @media (prefers-color-scheme: dark) {
          :root { --back: #15171b; --text: #e4e6eb; --soft: #a3a9b5; --line: #363b45; --box: #20242b; --link: #8ab8ff;
            --bad: #ff8f85; --odd: #f5bf5f; --good: #7fd8a0 }
        }
        * { box-sizing: border-box }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 52rem; padding: 0 1rem; background: var(--back); color: var(--text) }
        h1 { font-size: 1.25rem; color: var(--bad) } h2 { font-size: 1rem; margin: 2rem 0 .25rem } h3 { font-size: .9rem; margin: 1rem 0 0 }
        h1, h2, h3, p { overflow-wrap: anywhere } a { color: var(--link) }
        pre { background: var(--box); padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 6px }
        section { border-left: 3px solid var(--line); padding-left: 1rem }
        table { border-collapse: collapse; font-size: .875rem; width: 100% }
        th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .3rem 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere }
        th { white-space: nowrap; padding-right: 1.5rem; font-weight: 600 } .routes { table-layout: fixed }
        .routes td:first-child { width: 60%; padding-right: 1rem } .routes a { display: inline-block; padding: .15rem 0 }
        .note, footer { color: var(--soft) } footer { margin-top: 2rem; font-size: .875rem }
        @media (max-width: 40rem) {
          body { margin: 1rem auto } .headers :is(tr, th, td) { display: block } .headers th { border: 0; padding-bottom: 0 } .headers td { padding-top: 0 }
        }
        """
}
