public import HTTPTypes
public import Hummingbird
import Logging

/// A request that ends with an error, for a renderer of error pages.
public struct ErrorContext: Sendable {
    /// What was thrown.
    public let error: any Error
    /// The status that the response would have.
    public let status: HTTPResponse.Status
    /// The request. Its body may have been read.
    public let request: Request
    /// `APP_DEBUG`: whether errors may be shown to clients.
    public let isDebug: Bool
}

/// Makes the responses for errors.
///
/// - Returns: nil for the response that there would be without it.
/// - Throws: where it fails itself; that is logged, and the response is the one that there would be without it.
public typealias ErrorResponseRenderer = @Sendable (ErrorContext) async throws -> Response?

/// Middleware that gives errors that know their response, such as the `HTTPError` of an unknown path, a page of the application's own.
///
/// Hummingbird's router answers them itself, so that ``HTTP/errorPages(_:)`` does not see them. Other errors are handed on to it.
///
/// ```swift
/// router.add(middleware: ErrorPages(pages.render))
/// …
/// var workers: some Workers { HTTP(router).errorPages(pages.render) }
/// ```
public struct ErrorPages<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let render: ErrorResponseRenderer

    /// - Parameter render: asked for each error that knows its response; where it answers nil or throws, that is sent.
    public init(_ render: @escaping ErrorResponseRenderer) { self.render = render }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let failed = ErrorContext(
                error: error, status: error.status, request: request, isDebug: context.info.isDebug)
            guard let response = await failed.rendered(by: self.render, context.logger) else { throw error }
            return response
        }
    }
}

extension ErrorContext {
    /// - Returns: nil where the renderer does not want to, or cannot.
    func rendered(by render: ErrorResponseRenderer, _ logger: Logger) async -> Response? {
        do {
            guard let response = try await render(self) else { return nil }
            if response.status.kind == .informational { throw InformationalResponse(status: response.status) }
            return response
        } catch {
            logger.error(
                "the renderer of error pages failed: \(String(reflecting: type(of: error))): \(error)",
                metadata: ["rr.phase": "before head", "rr.request": "\(self.request.summary)"])
            return nil
        }
    }
}

/// How a response may look.
enum ErrorResponseFormat: CaseIterable {
    case html, json, text

    var mediaType: (type: String, subtype: String) {
        switch self {
        case .html: ("text", "html")
        case .json: ("application", "json")
        case .text: ("text", "plain")
        }
    }

    /// What a client that sends this `Accept` likes best; nil when it has no preference among them.
    init?(accept lines: [String]) {
        var best: (format: ErrorResponseFormat?, quality: Double) = (nil, 0)
        for entry in HeaderList(lines).prefix(64) {
            let parameters = HeaderParameters(entry)
            let quality = parameters["q"].flatMap(Double.init) ?? 1
            guard quality > best.quality else { continue }
            let format = Self.allCases.first { "\($0.mediaType.type)/\($0.mediaType.subtype)" == parameters.value }
            if let format {
                best = (format, quality)
            } else if parameters.value == "application/problem+json" {
                best = (.json, quality)
            } else if parameters.value == "*/*" {
                best = (nil, quality)
            }
        }
        guard let format = best.format else { return nil }
        self = format
    }
}
