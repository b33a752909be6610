import Foundation
import Hummingbird
import Logging
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

/// A Centrifugo, and a server with the public keys that echoes remote calls.
final class CentrifugoPeers: Sendable {
    let centrifugo: CentrifugoServer
    private let server: Task<Void, any Error>

    /// - Parameters:
    ///   - token: the fields of `client.token`, given the address of the server.
    ///   - keySet: the response at `/keys`.
    init(keySet: String = "{}", token: (_ address: String) -> [String: String]) async throws {
        let router = Router()
        router.get("keys") { _, _ in keySet }
        router.post("rpc") { request, _ -> Response in
            let body = String(buffer: try await request.body.collect(upTo: 100_000))
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: #"{"result":{"data":\#(body)}}"#)))
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: Logger(label: "test"))
        self.server = Task { try await application.run() }
        var iterator = ports.makeAsyncIterator()
        let address = "http://127.0.0.1:\(try #require(await iterator.next()))"
        let fields = String(decoding: try JSONEncoder().encode(token(address)), as: UTF8.self)
        let own = try FreePort.next()
        self.centrifugo = try CentrifugoServer(
            port: own,
            configuration: """
                {
                  "http_server": { "address": "127.0.0.1", "port": \(own) },
                  "http_api": { "key": "\(CentrifugoServer.apiKey)" },
                  "http_stream": { "enabled": true },
                  "client": { "token": \(fields), "allowed_origins": ["*"] },
                  "channel": { "without_namespace": { "presence": true, "history_size": 10, "history_ttl": "1m" } },
                  "rpc": {
                    "proxy": { "endpoint": "\(address)/rpc", "include_connection_meta": true },
                    "without_namespace": { "proxy_enabled": true }
                  }
                }
                """)
        try await self.centrifugo.waitUntilReady()
    }

    deinit { self.server.cancel() }

    /// Opens a connection that sends these commands, and returns it with the replies; it stays open until it is released.
    func connect(_ commands: [String]) async throws -> (connection: RawHTTPClient, replies: [Int: JSONText]) {
        let client = try RawHTTPClient(port: self.centrifugo.port)
        let body = commands.enumerated().map { "{\"id\":\($0.offset + 1),\($0.element)}" }.joined(separator: "\n")
        try await client.send(
            "POST /connection/http_stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        _ = try await client.readHead()
        var replies: [Int: JSONText] = [:]
        while replies.count < commands.count, let chunk = try await client.readChunk() {
            for line in chunk.split(separator: "\n") {
                let reply = try JSONDecoder().decode(JSONText.self, from: Data(line.utf8))
                if let id = reply["id"]?.number { replies[Int(id)] = reply }
                // Centrifugo ends a refused connection.
                if reply["push"]?["disconnect"] != nil { return (client, replies) }
            }
        }
        return (client, replies)
    }

    func connect(token: String) async throws -> JSONText? {
        try await self.connect([#""connect":{"token":"\#(token)"}"#]).replies[1]
    }

    func presence(_ channel: String) async throws -> String {
        try await RawHTTPClient(port: self.centrifugo.port).send(
            "POST", "/api/presence",
            headers: ["X-API-Key: \(CentrifugoServer.apiKey)", "Content-Type: application/json"],
            body: #"{"channel":"\#(channel)"}"#
        ).body
    }
}
