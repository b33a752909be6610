import Foundation
import RoadRunnerRuntime
import TestSupport
import Testing

/// Compares statements of the pages with the rest of the repository.
@Suite struct PageTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    }

    private static func article(_ name: String) throws -> MarkdownDocument {
        try #require(MarkdownDocument.all().first { $0.path.hasSuffix("/\(name).md") })
    }

    @Test func theReadmeIsShort() throws {
        #expect(try Self.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
    }

    @Test func theReadmeHasAPlaceForTheBenchmark() throws {
        let parts = try Self.text("README.md").components(separatedBy: "<!-- benchmark -->")
        #expect(parts.count == 2)
        #expect(parts.last?.components(separatedBy: "<!-- /benchmark -->").count == 2)
    }

    @Test func theVersionIsTheSameEverywhere() throws {
        let changes = try Self.text("CHANGELOG.md").firstMatch(of: /(?m)^## ([0-9.]+)/)
        #expect(changes.map { String($0.1) } == PackageVersion.current)
        for page in try MarkdownDocument.all() {
            for match in page.lines.joined(separator: "\n").matches(of: /roadrunner-swift", from: "([0-9.]+)"/) {
                #expect(String(match.1) == PackageVersion.current, "\(page.path)")
            }
        }
    }

    /// Checks links to files; DocC checks its own.
    @Test func linksLeadSomewhere() throws {
        let examples = try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appending(path: "Examples").path())
        let pages =
            ["README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md", "CHANGELOG.md", "Examples/README.md"]
            + examples.map { "Examples/\($0)/README.md" }.filter {
                FileManager.default.fileExists(atPath: Checkout.root.appending(path: $0).path())
            }
        #expect(pages.count > 15)
        for page in pages {
            let folder = Checkout.root.appending(path: page).deletingLastPathComponent()
            for link in try Self.text(page).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                let path = folder.appending(path: String(link.1)).path()
                #expect(FileManager.default.fileExists(atPath: path), "\(page): \(link.1)")
            }
        }
    }

    /// Headings of the article quote errors and log lines, with … for the variable parts.
    @Test func errorsOfTheTroubleshootingArticleExist() throws {
        let folder = Checkout.root.appending(path: "Sources")
        let names = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
        let sources = try names.filter { $0.hasSuffix(".swift") }.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
        // Joins lines that the source breaks, and unescapes quotes within literals.
        let text = sources.joined(separator: "\n").replacing(/\\\n\s*/, with: "").replacing("\\\"", with: "\"")
        let headings = try Self.article("Troubleshooting").lines.filter { $0.hasPrefix("### `") && !$0.contains("fatal error") }
        #expect(headings.count > 20)
        for heading in headings {
            for part in heading.dropFirst(5).prefix(while: { $0 != "`" }).components(separatedBy: "…") {
                let part = part.trimmingCharacters(in: .whitespaces)
                let isThere = part.isEmpty || text.contains(part)
                #expect(isThere, "\(heading): no source has \"\(part)\"")
            }
        }
    }

    /// The demo sends metrics: without the section it logs an error.
    @Test(arguments: [".rr.yaml", ".rr.dev.yaml", ".rr.native.yaml"]) func theDemosConfigurationsAcceptItsMetrics(_ file: String)
        throws
    {
        let lines = try Self.text(file).split(separator: "\n")
        #expect(lines.contains("metrics:"), "\(file)")
        #expect(lines.contains("rpc:"), "\(file)")
    }

    @Test func allOptionsAreDocumented() throws {
        let example = try Self.text(".env.example")
        let keys = Set(example.matches(of: /(?m)^#?([A-Z][A-Z_]+)=/).map { String($0.1) })
        let demo = [
            "VAULT_KEY_PATH", "CHAT_CONNECTION_TTL", "CHAT_SUBSCRIPTION_TTL", "CENTRIFUGO_WEBSOCKET_URL", "TRUSTED_PROXIES",
            "DEMO_FILES",
        ]
        let article = try Self.article("Configuration").lines.filter { $0.hasPrefix("| `") }.joined(separator: "\n")
        let documented = Set(article.matches(of: /`([A-Z][A-Z_]+)`/).map { String($0.1) })
        #expect(keys.count > 20)
        for key in keys.subtracting(demo) { #expect(documented.contains(key), "\(key) is in .env.example only") }
        let elsewhere: Set = ["RR_RPC", "RR_MODE"]
        for key in documented.subtracting(elsewhere) { #expect(keys.contains(key), "\(key) is in the article only") }
    }
}
