package import HTTPTypes
import HTTPWorker
package import Hummingbird
import NIOCore
package import RoadRunnerRuntime

/// The pages of the web toolbox: errors in the format that the client asks for, and the inspector in debug.
package struct WebPages: HTTPPages {
    package init() {}

    package func errorResponse(
        _ status: HTTPResponse.Status, for error: any Error, while activity: String, request: Request?, isDebug: Bool
    ) -> Response {
        let wanted = ErrorResponseFormat(accept: request?.headers[values: .accept] ?? [])
        let format = wanted ?? (isDebug ? .html : .text)
        let content: String
        if isDebug {
            let report = DebugReport(
                status: status, error: ErrorDescription(error), activity: activity, request: request.map(\.details),
                dumps: RequestTrace.current?.contents.dumps ?? [])
            content = report.text(format)
        } else {
            content = Self.generic(status, format)
        }
        var headers = ErrorPage.headers
        headers[.contentType] = "\(format.mediaType.type)/\(format.mediaType.subtype); charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: content)))
    }

    package func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) -> Response? {
        InspectorPage(inspector: inspector, path: path).response(to: request)
    }

    private static func generic(_ status: HTTPResponse.Status, _ format: ErrorResponseFormat) -> String {
        let title = "\(status.code) \(status.reasonPhrase)"
        switch format {
        case .text: return "\(title)\n"
        case .json:
            return JSONText.object([
                ("error", .object([("status", .number(status.code)), ("message", .string(status.reasonPhrase))]))
            ])
        case .html:
            let text =
                status.kind == .clientError
                ? "The request cannot be answered as it is." : "The server could not answer this request. It was noted."
            return ErrorPage.html(title: title) { "<p>\(text)</p>" }
        }
    }
}
