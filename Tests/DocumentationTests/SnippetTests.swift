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

@Suite struct MarkdownDocumentTests {
    @Test func blocksHaveTheirLinesAndNotes() throws {
        let document = MarkdownDocument(
            path: "Sources/KVCache/KVCache.docc/A.md",
            text: """
                # A page

                ```sh
                ls
                ```

                <!-- swift: kernel
                let a = 1
                -->
                ```swift
                let b = 2
                let c = 3
                ```

                <!-- swift: not compiled, because it is no code -->

                ```swift
                …
                ```
                """)
        let blocks = document.codeBlocks
        #expect(blocks.map(\.language) == ["sh", "swift", "swift"])
        #expect(blocks.map(\.line) == [4, 11, 18])
        #expect(blocks.allSatisfy { $0.module == "KVCache" })
        #expect(blocks[0].note == nil)
        let note = try #require(blocks[1].note)
        #expect(note.directive == "kernel")
        #expect(note.line == 8)
        #expect(note.code.filter { !$0.isEmpty } == ["let a = 1"])
        #expect(blocks[1].lines == ["let b = 2", "let c = 3"])
        #expect(blocks[2].note?.directive == "not compiled, because it is no code")
    }

    @Test func commentsOfSourcesAreOnTheirLines() throws {
        let document = MarkdownDocument(
            path: "Sources/Runtime/A.swift",
            source: """
                import B

                /// A type:
                ///
                /// ```swift
                /// let a = 1
                ///     .description
                /// ```
                struct A {
                    // ```swift
                    /// ```swift
                    /// let b = 2
                    /// ```
                    let text = "```"
                }
                """, module: "B")
        let blocks = document.codeBlocks
        #expect(blocks.map(\.line) == [6, 12])
        #expect(blocks.map(\.lines) == [["let a = 1", "    .description"], ["let b = 2"]])
        #expect(blocks.allSatisfy { $0.module == "B" })
        let modules = Dictionary(try MarkdownDocument.comments().map { ($0.path, $0.module) }) { first, _ in first }
        #expect(modules["Sources/Runtime/Kernel/Kernel.swift"] == "RoadRunnerRuntime")
    }

    @Test func aCommentFurtherAwayIsNotANote() {
        let document = MarkdownDocument(path: "A.md", text: "<!-- swift: kernel -->\nText\n```swift\nlet a = 1\n```")
        #expect(document.codeBlocks.first?.note == nil)
        #expect(document.codeBlocks.first?.line == 4)
    }

    @Test func anUnknownScopeIsAnError() {
        let document = MarkdownDocument(path: "A.md", text: "<!-- swift: kernal -->\n```swift\nlet a = 1\n```")
        #expect(throws: UnknownDirective.self) {
            for block in document.codeBlocks { _ = try CompiledBlock(block, number: 0) }
        }
    }
}
