import Goridge
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime

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
