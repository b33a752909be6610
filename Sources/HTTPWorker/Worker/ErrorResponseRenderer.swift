public import Hummingbird

/// Renders the responses for errors.
///
/// - Returns: nil to leave the response unchanged.
/// - Throws: an error of its own, which is logged; the response then stays unchanged.
public typealias ErrorResponseRenderer = @Sendable (ErrorContext) async throws -> Response?
