import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import Synchronization
import Testing

/// A server that accepts Sentry's envelopes.
final class EnvelopeServer: Sendable {
    struct Envelope: Sendable {
        let path: String
        let auth: String
        let text: String

        var lines: [String] { self.text.split(separator: "\n").map(String.init) }

        func event() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data((self.lines.last ?? "").utf8)) as? [String: Any])
        }
    }

    let envelopes = Mutex<[Envelope]>([])
    let status = Mutex(HTTPResponse.Status.ok)
    let headers = Mutex<HTTPFields>([.retryAfter: "60"])
    /// Whether the bodies of its responses never end.
    let stalls = Mutex(false)

    static func with<Result: Sendable>(_ body: @escaping @Sendable (EnvelopeServer, Int) async throws -> Result) async throws
        -> Result
    {
        let server = EnvelopeServer()
        let router = Router()
        router.post("**") { request, _ in
            let content = String(buffer: try await request.body.collect(upTo: 1_000_000))
            server.envelopes.withLock {
                $0.append(
                    Envelope(
                        path: request.uri.path, auth: request.headers[HTTPField.Name(known: "X-Sentry-Auth")] ?? "",
                        text: content))
            }
            let stalls = server.stalls.withLock { $0 }
            return Response(
                status: server.status.withLock { $0 }, headers: server.headers.withLock { $0 },
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "{}"))
                    if stalls { try await Task.sleep(for: .seconds(30)) }
                    try await writer.finish(nil)
                })
        }
        let (ports, source) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { source.yield($0.localAddress?.port ?? 0) }, logger: Logger(label: "sentry"))
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await port in ports { return try await body(server, port) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }
}
