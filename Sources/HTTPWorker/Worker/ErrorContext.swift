import Goridge
public import HTTPTypes
public import Hummingbird
package import Logging
import RoadRunnerRuntime

/// A failed request, for a renderer of error pages.
public struct ErrorContext: Sendable {
    /// The error that was thrown.
    public let error: any Error
    /// The status that the response would have.
    public let status: HTTPResponse.Status
    /// The request. Its body may have been read.
    public let request: Request
    /// `APP_DEBUG`: whether errors may be shown to clients.
    public let isDebug: Bool

    /// Creates a context, for tests of a renderer.
    public init(error: any Error, status: HTTPResponse.Status, request: Request, isDebug: Bool) {
        self.error = error
        self.status = status
        self.request = request
        self.isDebug = isDebug
    }
}

extension ErrorContext {
    /// - Returns: nil if the renderer returns nil or fails.
    package func rendered(by render: ErrorResponseRenderer, _ logger: Logger) async -> Response? {
        do {
            guard let response = try await render(self) else { return nil }
            if response.status.kind == .informational { throw InformationalResponse(status: response.status) }
            return response
        } catch {
            logger.error(
                "the renderer of error pages failed: \(error.typedDescription)",
                metadata: .phase(.beforeHead, request: self.request.summary))
            return nil
        }
    }
}
