import TestSupport

/// A block of Swift code as a file that compiles beside all others.
///
/// Blocks show statements, members of a kernel, tests or whole programs, and reuse the same names: each block gets its own scope,
/// with its imports before it. `#sourceLocation` makes the compiler report the page's lines.
struct CompiledBlock {
    /// The scope around the code of a block.
    enum Scope: String {
        /// In a function that may throw and await: the default, unless the block's code or its note requires another scope.
        case statements
        /// In an arbitrary type.
        case members
        /// In a type that conforms to `Kernel`; missing requirements are added.
        case kernel
        /// At file scope.
        case declarations
    }

    let source: String

    /// Declares names that blocks use without showing their origin.
    static let prelude = """
        import RoadRunner

        var boot: BootContext { given() }
        var router: Router<BasicRoadRunnerRequestContext> { given() }

        /// Stands for any value.
        func given<Value>(_ type: Value.Type = Value.self) -> Value { fatalError("this is never run") }
        """

    /// - Parameters:
    ///   - others: the code of files that the block tests.
    ///   - modules: modules to import besides the block's own.
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

    /// Replaces imports by blank lines, which keeps lines and columns unchanged.
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
