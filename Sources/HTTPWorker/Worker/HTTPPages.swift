import Goridge
package import HTTPTypes
package import Hummingbird
import NIOCore
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

/// Responses without a page.
struct PlainPages: HTTPPages {
    func errorResponse(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response {
        var text = "\(status.code) \(status.reasonPhrase)\n"
        if isDebug { text += "\n\(error.typedDescription.beginning(4000))\nwhile \(activity)\n" }
        return Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) -> Response? { nil }
}
