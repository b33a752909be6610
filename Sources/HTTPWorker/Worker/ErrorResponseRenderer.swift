public import Hummingbird

/// Renders the responses for errors.
///
/// - Returns: nil to leave the response unchanged.
/// - Throws: any error, which is logged; the response then stays unchanged.
public typealias ErrorResponseRenderer = @Sendable (ErrorContext) async throws -> Response?
