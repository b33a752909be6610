import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunner
import Synchronization

/// Answers paths with responses that keep or break a rule.
struct Responses: HTTPResponder {
    typealias Context = BasicRoadRunnerRequestContext

    private static let wasCancelled = Atomic(false)
    private static let closed = Atomic(0)
    private let router: RouterResponder<Context>
    private let automatic: RouterResponder<Context>

    init() {
        // Hummingbird generates HEAD from GET here, and drops the bodies without notifying its middleware.
        let automatic = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        automatic.get("auto/**") { request, context in try await Self.response(request, context) }
        self.automatic = automatic.buildResponder()
        let router = Router(context: Context.self)
        router.add(middleware: MetricsMiddleware())
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] {
            router.on("**", method: method) { request, context in try await Self.response(request, context) }
        }
        self.router = router.buildResponder()
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let router = request.uri.path.hasPrefix("/auto/") ? self.automatic : self.router
        return try await router.respond(to: request, context: context)
    }

    private static func response(_ request: Request, _ context: Context) async throws -> Response {
        let parts = request.uri.path.split(separator: "/").filter { $0 != "auto" }
        switch parts.first {
        case "buffer": return try Self.buffered(parts.dropFirst().first)
        case "stream": return try Self.streamed(parts.dropFirst().first)
        case "known": return try Self.known(parts.dropFirst().first)
        case "status": return try Self.withoutBody(parts.dropFirst().first)
        case "trailers": return try Self.trailers(parts.dropFirst().first)
        case "hints": return try await Self.hints(parts.dropFirst().first, context)
        case "echo": return Self.text(String(buffer: try await request.body.collect(upTo: 1_000_000)))
        case "form": return Self.text(try await Forms.tree(request, context))
        case "order": return Self.text(try await Forms.values(request, context))
        case "host": return Self.text(request.head.authority ?? "")
        case "next": return Self.text("next")
        case "active": return Self.text("\(ActiveRequests.current)")
        case "left": return Self.text("\(Self.wasCancelled.load(ordering: .acquiring))")
        case "watch": return Self.watching(request, parts.dropFirst().first)
        case "version": return Self.text("\(context.info.protocolVersion) \(context.info.scheme)")
        case "slow":
            try? await Task.sleep(for: .seconds(2))
            return Self.text("slow")
        case "watched": return Self.text("\(Self.closed.load(ordering: .acquiring))")
        case "throw": throw Failure()
        case "refuse": throw HTTPError(.conflict, message: "no")
        default: throw HTTPError(.notFound)
        }
    }

    static func text(_ text: String, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "text/plain"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Watches for the client's disconnect with Hummingbird's API, and echoes the body.
    private static func watching(_ request: Request, _ name: Substring?) -> Response {
        let isEndless = name == "endless"
        return Response(
            status: .ok,
            body: ResponseBody { writer in
                let body: ByteBuffer
                do {
                    body = try await request.body.consumeWithCancellationOnInboundClose { body in
                        let bytes = try await body.collect(upTo: 1_000_000)
                        if isEndless {
                            // RoadRunner notices a disconnect only when it writes.
                            while true {
                                try await writer.write(bytes)
                                try await Task.sleep(for: .milliseconds(20))
                            }
                        }
                        return bytes
                    }
                } catch {
                    Self.closed.add(1, ordering: .acquiringAndReleasing)
                    throw error
                }
                try await writer.write(body)
                try await writer.finish(nil)
            })
    }

    // MARK: Buffers

    private static func buffered(_ name: Substring?) throws -> Response {
        switch name {
        case nil: return Self.text("hello")
        case "empty": return Response(status: .ok, headers: [.contentType: "text/plain"])
        case "untyped": return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "<html>hello</html>")))
        case "too-short": return Self.text("hello", [.contentLength: "3"])
        case "too-long": return Self.text("hello", [.contentLength: "99"])
        case "no-number": return Self.text("hello", [.contentLength: "abc"])
        case "large": return Self.text(String(repeating: "x", count: 300_000))
        case "dated": return Self.text("hello", [.date: "Sun, 06 Nov 1994 08:49:37 GMT"])
        case "close": return Self.text("hello", [.connection: "close"])
        default: throw HTTPError(.notFound)
        }
    }

    // MARK: Streams

    private static func stream(
        _ chunks: [String], headers: HTTPFields = [:], length: Int? = nil, trailers: HTTPFields? = nil,
        then failure: (any Error)? = nil
    ) -> Response {
        var headers = headers
        headers[.contentType] = "text/plain"
        let body = ResponseBody(contentLength: length) { writer in
            for chunk in chunks {
                try await writer.write(ByteBuffer(string: chunk))
                if chunks.count > 1 { try await Task.sleep(for: .milliseconds(1)) }
            }
            if let failure { throw failure }
            try await writer.finish(trailers)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func streamed(_ name: Substring?) throws -> Response {
        let injected = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        switch name {
        case nil: return Self.stream(["one,", "two"])
        case "empty": return Self.stream([])
        case "announced": return Self.stream(["one,", "two"], headers: [.contentLength: "7"])
        case "no-number": return Self.stream(["one,", "two"], headers: [.contentLength: "+7"])
        case "too-long": return Self.stream(["abc", "defgh"], headers: [.contentLength: "5"])
        case "injected": return Self.stream(["hello", injected], headers: [.contentLength: "5"])
        case "too-long-at-once": return Self.stream(["abcdefgh"], headers: [.contentLength: "5"])
        case "not-empty": return Self.stream(["abc", "def"], headers: [.contentLength: "0"])
        case "too-short": return Self.stream(["abc", "def"], headers: [.contentLength: "50"])
        case "large": return Self.stream((0..<10).map { _ in String(repeating: "y", count: 100_000) })
        case "fails": return Self.stream([], then: Failure())
        case "fails-late": return Self.stream(["abc", "def"], then: Failure())
        case "waits":
            return Response(status: .ok, body: ResponseBody { _ in try await Task.sleep(for: .seconds(600)) })
        case "endless":
            let body = ResponseBody { writer in
                do {
                    while true {
                        try await writer.write(ByteBuffer(repeating: 0x61, count: 1000))
                        try await Task.sleep(for: .milliseconds(2))
                    }
                } catch {
                    Self.wasCancelled.store(true, ordering: .releasing)
                    throw error
                }
            }
            return Response(status: .ok, body: body)
        default: throw HTTPError(.notFound)
        }
    }

    private static func known(_ name: Substring?) throws -> Response {
        switch name {
        case nil: return Self.stream(["one,", "two"], length: 7)
        case "at-once": return Self.stream(["hello"], length: 5)
        case "too-short": return Self.stream(["abc", "def"], length: 50)
        case "nothing": return Self.stream([], length: 5)
        case "too-long": return Self.stream(["abcdefgh"], length: 3)
        case "fails": return Self.stream([], length: 5, then: Failure())
        case "fails-in-the-middle": return Self.stream(["abc", "def"], length: 50, then: Failure())
        case "fails-at-the-end": return Self.stream(["hello"], length: 5, then: Failure())
        case "waits":
            let body = ResponseBody(contentLength: 5) { writer in
                try await writer.write(ByteBuffer(string: "hello"))
                try await Task.sleep(for: .seconds(600))
            }
            return Response(status: .ok, headers: [.contentType: "text/plain"], body: body)
        default: throw HTTPError(.notFound)
        }
    }

    // MARK: Responses without a body

    private static func withoutBody(_ name: Substring?) throws -> Response {
        switch name {
        case "204": return Response(status: .noContent)
        case "204-with-body":
            return Response(status: .noContent, body: ResponseBody(byteBuffer: ByteBuffer(string: "hello")))
        case "204-with-stream":
            var response = Self.stream(["a", "b"])
            response.status = .noContent
            return response
        case "304": return Response(status: .notModified)
        case "304-with-length": return Response(status: .notModified, headers: [.contentLength: "5", .eTag: "\"x\""])
        case "304-with-body":
            return Response(status: .notModified, body: ResponseBody(byteBuffer: ByteBuffer(string: "hello")))
        case "103": return Response(status: .earlyHints)
        default: throw HTTPError(.notFound)
        }
    }

    // MARK: Trailers and informational responses

    private static let sum = HTTPField.Name(known: "X-Sum")

    private static func trailers(_ name: Substring?) throws -> Response {
        switch name {
        case "late": return Self.stream(["one,", "two"], trailers: [sum: "42"])
        case "known": return Self.stream(["hello"], length: 5, trailers: [sum: "42"])
        case "named": return Self.stream(["one,", "two"], headers: [.trailer: "X-Sum", sum: "42"])
        case "named-buffer": return Self.text("hello", [.trailer: "X-Sum", sum: "42"])
        default: throw HTTPError(.notFound)
        }
    }

    private static func hints(_ name: Substring?, _ context: Context) async throws -> Response {
        try await context.sendInformational(headers: [.link: "</a.css>; rel=preload"])
        if name == "throw" { throw Failure() }
        if name == "waits" { try await Task.sleep(for: .seconds(600)) }
        return Self.text("hinted")
    }
}
