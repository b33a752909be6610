import TestSupport
import Testing

/// A command of the README, or of an article, that sends the demo a request.
struct CurlCommand: Sendable, CustomTestStringConvertible {
    private static let address = "http://127.0.0.1:8080"

    /// All commands, in order: later ones depend on earlier ones. A crash comes last, since standalone nothing restarts the demo.
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

    /// The path and the query.
    var target: String {
        guard let match = self.text.firstMatch(of: /http:\/\/127\.0\.0\.1:8080([^\s']*)/) else { return "" }
        return String(match.1)
    }

    var path: String { String(self.target.prefix { $0 != "?" }) }

    func at(_ base: String) -> String { self.text.replacing(Self.address, with: base) }
}
