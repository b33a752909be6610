package import HTTPTypes
package import Hummingbird
package import RoadRunnerRuntime

/// Creates the responses that are not the application's own: those for errors, and the inspector's page.
///
/// The web toolbox sets its pages in ``HTTPOptions/pages``; without it responses are a line of text.
package protocol HTTPPages: Sendable {
    /// Creates the response for an error. In production it shows nothing of `error`.
    ///
    /// - Parameters:
    ///   - activity: what the server was doing, for the sentence "It was thrown while …".
    ///   - request: the request to respond to; nil when it could not be read.
    func errorResponse(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response

    /// - Returns: nil when the request is not for the inspector.
    func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) async -> Response?
}
