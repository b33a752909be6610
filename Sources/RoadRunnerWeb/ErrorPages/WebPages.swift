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
        if isDebug, let error = error as? BareError {
            content = BareErrorReport(error: error).text(format)
        } else if isDebug {
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

    package func inspectorResponse(to request: Request, _ inspector: Inspector, path: String) async -> Response? {
        await InspectorPage(inspector: inspector, path: path).response(to: request)
    }

    private struct JSON: Encodable {
        let status: Int
        let message: String
    }

    private static func generic(_ status: HTTPResponse.Status, _ format: ErrorResponseFormat) -> String {
        let title = "\(status.code) \(status.reasonPhrase)"
        switch format {
        case .text: return "\(title)\n"
        case .json:
            return ErrorJSON(JSON(status: status.code, message: status.reasonPhrase)).text
        case .html:
            return ErrorPage.html(title: title) { "<p>\(Self.sentence(for: status))</p>" }
        }
    }

    private static func sentence(for status: HTTPResponse.Status) -> String {
        switch status {
        case .unauthorized: "You have to log in to see this."
        case .forbidden: "You are not allowed to see this."
        case .notFound, .gone: "There is nothing at this address."
        case .methodNotAllowed: "This address does not accept such requests."
        case .requestTimeout, .gatewayTimeout: "It took too long."
        case .contentTooLarge: "The request is too large."
        case .unsupportedMediaType: "This address does not accept this type of content."
        case .tooManyRequests: "There were too many requests. Try again later."
        case .serviceUnavailable: "The server cannot answer now. Try again later."
        default:
            status.kind == .clientError
                ? "The request is invalid." : "The server could not answer this request. The error was logged."
        }
    }
}
