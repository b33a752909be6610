package import HTTPTypes
package import Hummingbird
import NIOCore
package import RoadRunnerRuntime

/// Makes the responses that are not the application's own: those for errors, and the inspector's page.
///
/// The web toolbox sets its pages by ``HTTPOptions/pages``; without it responses are a line of text.
package protocol HTTPPages: Sendable {
    /// In production it shows nothing of `error`.
    ///
    /// - Parameters:
    ///   - activity: what was being done, for the sentence "It was thrown while …".
    ///   - request: whose response it is; nil when it could not be read.
    func errorResponse(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response

    /// - Returns: nil when the request is for something else.
    func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) async -> Response?
}

/// Responses without a page.
struct PlainPages: HTTPPages {
    func errorResponse(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response {
        var text = "\(status.code) \(status.reasonPhrase)\n"
        if isDebug { text += "\n\(String(reflecting: type(of: error))): \("\(error)".beginning(4000))\nwhile \(activity)\n" }
        return Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) -> Response? { nil }
}
