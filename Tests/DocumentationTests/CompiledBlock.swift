import TestSupport

/// A block of Swift code as a file that can be compiled beside all others.
///
/// Blocks show statements, members of a kernel, tests or whole programs, and use the same names again and again: each is put into a scope
/// of its own, and its imports before that. `#sourceLocation` lets the compiler speak of the page's lines.
struct CompiledBlock {
    /// Where the code of a block stands.
    enum Scope: String {
        /// In a function that may throw and await: what it is unless the block looks otherwise, or its note says so.
        case statements
        /// In a type of no importance.
        case members
        /// In a type that conforms to `Kernel`; requirements that it does not have are added.
        case kernel
        /// In the file.
        case declarations
    }

    let source: String

    /// Names that blocks use without showing where they come from.
    static let prelude = """
        import RoadRunner

        var boot: BootContext { given() }
        var router: Router<BasicRoadRunnerRequestContext> { given() }

        /// Stands for any value.
        func given<Value>(_ type: Value.Type = Value.self) -> Value { fatalError("this is never run") }
        """

    /// - Parameters:
    ///   - others: code of files that the block is a test of.
    ///   - modules: imported besides its own.
    init(_ block: CodeBlock, number: Int, others: [CodeBlock] = [], modules: [String] = []) throws {
        let code = block.lines.joined(separator: "\n")
        let isProgram = code.contains("@main") || code.contains("@testable import") || code.contains("swift-tools-version")
        let known = isProgram ? [] : ["RoadRunner"] + [block.module].compactMap { $0 } + modules
        var imports = known.map { "import \($0)\n" }.joined()
        var body = ""
        if let note = block.note { Self.add(note.code, of: block, from: note.line, imports: &imports, body: &body) }
        for other in others { Self.add(other.lines, of: other, from: other.line, imports: &imports, body: &body) }
        Self.add(block.lines, of: block, from: block.line, imports: &imports, body: &body)

        let name = "Block\(number)"
        switch try Self.scope(of: block, code) {
        case .statements: self.source = "\(imports)func run\(name)() async throws {\n\(body)}\n"
        case .members: self.source = "\(imports)struct \(name): Sendable {\n\(body)}\n"
        case .declarations: self.source = "\(imports)\(body)"
        case .kernel:
            let start = code.contains("init(_ boot") ? "" : "init(_ boot: BootContext) async throws {}\n"
            let workers = code.contains("var workers") ? "" : "var workers: some Workers { HTTP { _, _ in \"\" } }\n"
            self.source = "\(imports)struct \(name): Kernel {\n\(start)\(workers)\(body)}\n"
        }
    }

    private static func scope(of block: CodeBlock, _ code: String) throws -> Scope {
        if let directive = block.note?.directive, !directive.isEmpty {
            guard let scope = Scope(rawValue: directive) else {
                throw UnknownDirective(description: "\(block.path):\(block.line): \"\(directive)\" is no scope of code")
            }
            return scope
        }
        if code.contains("@Test") || code.contains("@Suite") { return .members }
        if block.lines.contains(where: { $0.hasPrefix("extension ") }) { return .declarations }
        if block.lines.contains(where: { $0.hasPrefix("static ") || $0.hasPrefix("var workers") }) { return .kernel }
        return .statements
    }

    /// Blank lines take the place of imports, so that lines and columns stay what they are.
    private static func add(
        _ lines: [String], of block: CodeBlock, from line: Int, imports: inout String, body: inout String
    ) {
        body += "#sourceLocation(file: \"\(block.path)\", line: \(line))\n"
        for (index, text) in lines.enumerated() {
            if text.hasPrefix("@testable import ") {
                body += "\n"
            } else if text.hasPrefix("import ") {
                imports += "#sourceLocation(file: \"\(block.path)\", line: \(line + index))\n\(text)\n#sourceLocation()\n"
                body += "\n"
            } else {
                body += text.replacing("@main", with: "     ") + "\n"
            }
        }
        body += "#sourceLocation()\n"
    }
}

struct UnknownDirective: Error, CustomStringConvertible {
    let description: String
}
