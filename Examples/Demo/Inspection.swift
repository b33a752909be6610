import Hummingbird
import RoadRunner

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The request as the worker saw it.
enum Inspection {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("echo", method: method) { request, context in try await Self.echo(request, context) }
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
        /// Nil if it is not text.
        let body: String?
        /// The fields of a form that RoadRunner parsed; its bytes are gone then.
        let form: FormTree<String>?
        let pid: Int32
    }

    private static func echo(_ request: Request, _ context: BasicRoadRunnerRequestContext) async throws -> Echo {
        var headers: [String: [String]] = [:]
        for field in request.headers { headers[field.name.rawName, default: []].append(field.value) }
        let form = context.info.isParsed ? try await request.form(context: context) : nil
        let body = form == nil ? try await request.body.collect(upTo: 16 * 1024 * 1024) : ByteBuffer()
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
            form: form?.fields,
            pid: getpid()
        )
    }
}
