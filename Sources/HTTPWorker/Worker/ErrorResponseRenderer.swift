public import Hummingbird

/// Makes the responses for errors.
///
/// - Returns: nil for the response that there would be without it.
/// - Throws: where it fails itself; that is logged, and the response is the one that there would be without it.
public typealias ErrorResponseRenderer = @Sendable (ErrorContext) async throws -> Response?
