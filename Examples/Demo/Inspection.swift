import Hummingbird
import RoadRunner

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the worker saw.
enum Inspection {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("echo", method: method) { request, context in try await Self.echo(request, context) }
        }
        router.post("upload") { request, context in
            var bytes = 0
            for try await chunk in request.body { bytes += chunk.readableBytes }
            let uploads = String(buffer: context.info.uploads)
            return Upload(
                contentType: request.headers[.contentType] ?? "", bytes: bytes, isParsed: context.info.isParsed,
                uploads: uploads.isEmpty ? nil : uploads)
        }
    }

    private struct Echo: ResponseEncodable {
        let method: String
        let path: String
        let query: String?
        let scheme: String?
        let authority: String?
        let headers: [String: [String]]
        let remoteAddress: String
        let `protocol`: String
        let bodyLength: Int
        /// Nil where it is not text.
        let body: String?
        let pid: Int32
    }

    private struct Upload: ResponseEncodable {
        let contentType: String
        let bytes: Int
        let isParsed: Bool
        let uploads: String?
    }

    private static func echo(_ request: Request, _ context: BasicRoadRunnerRequestContext) async throws -> Echo {
        var headers: [String: [String]] = [:]
        for field in request.headers { headers[field.name.rawName, default: []].append(field.value) }
        let body = try await request.body.collect(upTo: 16 * 1024 * 1024)
        return Echo(
            method: request.method.rawValue,
            path: request.uri.path,
            query: request.uri.query,
            scheme: request.head.scheme,
            authority: request.head.authority,
            headers: headers,
            remoteAddress: context.info.remoteAddress,
            protocol: context.info.protocolVersion,
            bodyLength: body.readableBytes,
            body: String(validating: body.readableBytesView, as: UTF8.self),
            pid: getpid()
        )
    }
}
