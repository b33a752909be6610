package import Hummingbird
package import Logging

/// A responder with the contexts that it needs, whatever their type.
///
/// An error that knows its response is rendered inside of the application, which alone knows the type of its contexts.
package protocol HTTPApplication: Sendable {
    /// - Parameter responder: renders the response to an error that knows its own.
    /// - Throws: errors of the responder, except those that know their own response.
    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response
}
