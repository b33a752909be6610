/// Collects handlers.
@resultBuilder
public enum CentrifugoHandlersBuilder {
    // `if`, `for` and lists are possible.

    public static func buildExpression(_ handlers: some CentrifugoHandlers) -> [CentrifugoRoute] { handlers.routes }
    public static func buildBlock(_ parts: [CentrifugoRoute]...) -> [CentrifugoRoute] { parts.flatMap(\.self) }
    public static func buildArray(_ parts: [[CentrifugoRoute]]) -> [CentrifugoRoute] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [CentrifugoRoute]?) -> [CentrifugoRoute] { part ?? [] }
    public static func buildEither(first: [CentrifugoRoute]) -> [CentrifugoRoute] { first }
    public static func buildEither(second: [CentrifugoRoute]) -> [CentrifugoRoute] { second }
}
