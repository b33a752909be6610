import TestSupport
import Testing

/// A command of the README, or of an article, that asks the demo for something.
struct CurlCommand: Sendable, CustomTestStringConvertible {
    private static let address = "http://127.0.0.1:8080"

    /// All of them, in order: later ones need what earlier ones have done. A crash comes last, since alone nobody starts the demo again.
    static let all: [CurlCommand] = {
        let blocks = ((try? MarkdownDocument.all()) ?? []).flatMap(\.codeBlocks).filter { $0.language == "sh" }
        let commands = blocks.flatMap(\.lines).filter { $0.contains("curl ") && $0.contains(Self.address) }.map {
            // A gigabyte is too much for a test.
            CurlCommand(text: String($0.prefix { $0 != "#" }).replacing("bytes=1000000000", with: "bytes=1000000"))
        }
        return commands.filter { $0.path != "/crash" } + commands.filter { $0.path == "/crash" }.prefix(1)
    }()

    let text: String

    var testDescription: String { self.text }

    /// With the query.
    var target: String {
        guard let match = self.text.firstMatch(of: /http:\/\/127\.0\.0\.1:8080([^\s']*)/) else { return "" }
        return String(match.1)
    }

    var path: String { String(self.target.prefix { $0 != "?" }) }

    func at(_ base: String) -> String { self.text.replacing(Self.address, with: base) }
}
