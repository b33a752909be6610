import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime

/// Routes requests below the paths of other workers to their endpoints, and all others to the application.
struct MountedApplication: HTTPApplication {
    let endpoints: [any MountedEndpoint]
    let application: (any HTTPApplication)?

    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response {
        let path = request.uri.path
        guard let endpoint = self.endpoints.first(where: { path.utf8.starts(with: $0.pathPrefix.utf8) }) else {
            guard let application = self.application else { return Response(status: .notFound) }
            return try await application.respond(to: request, info: info, logger: logger, for: responder)
        }
        if let refusal = endpoint.refusal(of: request.head) { return Response(status: refusal) }
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: endpoint.maximumBodySize)
        } catch is NIOTooManyBytesError {
            return Response(status: .contentTooLarge)
        }
        let name = String(decoding: path.utf8.dropFirst(endpoint.pathPrefix.utf8.count), as: UTF8.self)
        let response = try await endpoint.respond(to: request.head, name: name, body: body, logger: logger)
        info.note(nested: response.outcome)
        if response.body.readableBytes == 0, response.head.status.code >= 400 { return Response(status: response.head.status) }
        return Response(
            status: response.head.status, headers: response.head.headerFields, body: ResponseBody(byteBuffer: response.body))
    }
}
