import Foundation
import TestSupport
import Testing

/// Compiles all Swift code of the README, the articles, the tutorials and the documentation comments.
@Suite(.timeLimit(.minutes(5))) struct SnippetTests {
    @Test(.enabled(if: SwiftCompiler() != nil, "there is no compiler, or no modules"))
    func allCodeCompiles() async throws {
        let compiler = try #require(SwiftCompiler())
        let pages = Self.compiled(try MarkdownDocument.all())
        let comments = Self.compiled(try MarkdownDocument.comments())
        var sources = try pages.enumerated().map { try CompiledBlock($1, number: $0).source }
        for block in comments {
            sources.append(try CompiledBlock(block, number: sources.count, modules: CommentNames.imports).source)
        }
        for file in try Self.tutorialFiles() {
            sources.append(try CompiledBlock(file.block, number: sources.count, others: file.others).source)
        }
        #expect(pages.count > 50)
        #expect(comments.count > 30)
        for diagnostic in try await compiler.check(sources + [CompiledBlock.prelude, CommentNames.source]) {
            Issue.record(
                "\(diagnostic.path):\(diagnostic.line):\(diagnostic.column): \(diagnostic.message)",
                sourceLocation: SourceLocation(
                    fileID: "Documentation/\(diagnostic.path)", filePath: diagnostic.path, line: max(1, diagnostic.line),
                    column: max(1, diagnostic.column)))
        }
    }

    private static func compiled(_ documents: [MarkdownDocument]) -> [CodeBlock] {
        documents.flatMap(\.codeBlocks).filter {
            $0.language == "swift" && $0.note?.directive.hasPrefix("not compiled") != true
        }
    }

    /// Errors of the type checker, and of the passes after it.
    @Test(
        .enabled(if: SwiftCompiler() != nil, "there is no compiler, or no modules"),
        arguments: ["let text: String = number", "let text: String; print(text, number)"])
    func errorsAreFoundWithTheirLines(code: String) async throws {
        let page = MarkdownDocument(
            path: "Wrong.md",
            text: """
                <!-- swift
                let number: Int = given()
                -->
                ```swift
                import RoadRunner

                \(code)
                ```
                """)
        let sources = try page.codeBlocks.enumerated().map { try CompiledBlock($1, number: $0).source }
        let found = try await #require(SwiftCompiler()).check(sources + [CompiledBlock.prelude])
        #expect(found.map(\.path) == ["Wrong.md"])
        #expect(found.map(\.line) == [7])
    }

    /// Code that is not compiled states the reason.
    @Test func exceptionsHaveReasons() throws {
        for block in try (MarkdownDocument.all() + MarkdownDocument.comments()).flatMap(\.codeBlocks) {
            guard let directive = block.note?.directive, directive.hasPrefix("not compiled") else { continue }
            #expect(directive.count > "not compiled, because".count, "\(block.path):\(block.line)")
        }
    }

    /// Steps of tutorials are whole files. Tests among them test the application of the latest step before them.
    private static func tutorialFiles() throws -> [(block: CodeBlock, others: [CodeBlock])] {
        var application: CodeBlock?
        return try MarkdownDocument.files(endingIn: ".swift").map { path in
            let text = try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
            let block = CodeBlock(
                path: path, module: nil, line: 1, language: "swift",
                lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), note: nil)
            if text.contains("@main") { application = block }
            return (block, text.contains("@testable import") ? [application].compactMap { $0 } : [])
        }
    }
}
