import Foundation

/// A page of the documentation, as lines.
package struct MarkdownDocument: Sendable {
    /// The path from the package's folder.
    package let path: String
    /// The documented module; nil for pages outside of catalogues.
    package let module: String?
    package let lines: [String]

    package init(path: String, text: String) {
        self.path = path
        self.module = Self.catalogue(in: path)
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Keeps the documentation comments of a source file on their lines.
    package init(path: String, source: String, module: String?) {
        self.path = path
        self.module = module
        self.lines = source.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = String(line).trimmed
            return text.hasPrefix("///") ? String(text.dropFirst(text.hasPrefix("/// ") ? 4 : 3)) : ""
        }
    }

    /// The README, and the articles of all catalogues.
    package static func all() throws -> [MarkdownDocument] {
        try (["README.md"] + Self.files(endingIn: ".md")).map {
            try MarkdownDocument(path: $0, text: String(contentsOf: Checkout.root.appending(path: $0), encoding: .utf8))
        }
    }

    /// The documentation comments of all sources.
    package static func comments() throws -> [MarkdownDocument] {
        let files = Self.sources
        let modules = files.compactMap { file in Self.catalogue(in: file).map { (Self.folder(of: file), $0) } }
        let byFolder = Dictionary(modules) { first, _ in first }
        return try files.filter { $0.hasSuffix(".swift") && !$0.contains(".docc/") }.map {
            let source = try String(contentsOf: Checkout.root.appending(path: $0), encoding: .utf8)
            return MarkdownDocument(path: $0, source: source, module: byFolder[Self.folder(of: $0)])
        }
    }

    /// Returns the files of the catalogues, in order.
    package static func files(endingIn suffix: String) -> [String] {
        Self.sources.filter { $0.contains(".docc/") && $0.hasSuffix(suffix) }
    }

    private static var sources: [String] {
        let folder = Checkout.root.appending(path: "Sources")
        let names = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
        return names.sorted().map { "Sources/\($0)" }
    }

    /// Returns, for example, `Sources/Runtime`.
    private static func folder(of path: String) -> String { path.split(separator: "/").prefix(2).joined(separator: "/") }

    /// Catalogues are named after their modules.
    private static func catalogue(in path: String) -> String? {
        path.split(separator: "/").first { $0.hasSuffix(".docc") }.map { String($0.dropLast(5)) }
    }

    /// The fenced code blocks, in order.
    package var codeBlocks: [CodeBlock] {
        var blocks: [CodeBlock] = []
        var note: CodeBlock.Note?
        var index = 0
        while index < self.lines.count {
            let line = self.lines[index].trimmed
            if line.hasPrefix("<!--") {
                let start = index
                while index < self.lines.count - 1, !self.lines[index].contains("-->") { index += 1 }
                note = CodeBlock.Note(line: start + 1, comment: Array(self.lines[start...index]))
            } else if line.hasPrefix("```") {
                let language = line.drop { $0 == "`" }.prefix { $0 != " " && $0 != "," }
                let start = index + 1
                index = start
                while index < self.lines.count, !self.lines[index].trimmed.hasPrefix("```") { index += 1 }
                blocks.append(
                    CodeBlock(
                        path: self.path, module: self.module, line: start + 1, language: String(language),
                        lines: Array(self.lines[min(start, self.lines.count)..<index]), note: note))
                note = nil
            } else if !line.isEmpty {
                note = nil
            }
            index += 1
        }
        return blocks
    }
}

/// A code block of a page.
package struct CodeBlock: Sendable {
    /// A comment right before the block, which is for the compiler of the block rather than for readers.
    ///
    ///     <!-- swift: kernel
    ///     let a line that comes before the block's
    ///     -->
    package struct Note: Sendable {
        /// The number of the first line of `code`.
        package let line: Int
        /// The text after `swift:`.
        package let directive: String
        package let code: [String]

        /// - Returns: nil for other comments.
        init?(line: Int, comment: [String]) {
            var lines = comment
            guard let first = lines.first?.trimmed.dropFirst(4).drop(while: { $0 == " " }), first.hasPrefix("swift") else {
                return nil
            }
            lines[lines.count - 1] = lines[lines.count - 1].replacingOccurrences(of: "-->", with: "")
            let head = lines.count == 1 ? first.replacingOccurrences(of: "-->", with: "") : String(first)
            self.directive = head.dropFirst(5).drop { $0 == ":" || $0 == " " }.description.trimmed
            self.code = Array(lines.dropFirst())
            self.line = line + 1
        }
    }

    package let path: String
    package let module: String?
    /// The number of its first line of code, as in editors.
    package let line: Int
    package let language: String
    package let lines: [String]
    package let note: Note?

    package init(path: String, module: String?, line: Int, language: String, lines: [String], note: Note?) {
        self.path = path
        self.module = module
        self.line = line
        self.language = language
        self.lines = lines
        self.note = note
    }
}

extension String {
    fileprivate var trimmed: String { self.trimmingCharacters(in: .whitespaces) }
}
