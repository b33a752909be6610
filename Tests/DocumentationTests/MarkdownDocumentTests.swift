import TestSupport
import Testing

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
