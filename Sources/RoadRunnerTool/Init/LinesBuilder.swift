/// Builds a text from lines, some of which are optional.
@resultBuilder
enum LinesBuilder {
    static func buildExpression(_ line: String) -> [String] { [line] }
    static func buildExpression(_ lines: [String]) -> [String] { lines }
    static func buildBlock(_ parts: [String]...) -> [String] { parts.flatMap { $0 } }
    static func buildOptional(_ part: [String]?) -> [String] { part ?? [] }
    static func buildEither(first part: [String]) -> [String] { part }
    static func buildEither(second part: [String]) -> [String] { part }
    static func buildArray(_ parts: [[String]]) -> [String] { parts.flatMap { $0 } }
}

extension String {
    /// The lines, each with a newline.
    init(@LinesBuilder lines: () -> [String]) { self = lines().map { "\($0)\n" }.joined() }
}
