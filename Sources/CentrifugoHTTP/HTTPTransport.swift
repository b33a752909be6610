import AsyncHTTPClient
import Centrifugo
import NIOCore
import NIOHTTP1
import NIOPosix
import RoadRunnerRuntime
import SwiftProtobuf

/// Centrifugo's HTTP API. Source: Centrifugo's documentation, "Server API", "HTTP API".
struct HTTPTransport: CentrifugoTransport {
    private static let maximumResponseSize = 64 * 1024 * 1024

    /// Of the whole process. A Centrifugo that is down shows at once, and not after retries.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }()

    let url: String
    let key: String?

    init(url: String, key: String?) throws(OptionError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw OptionError(
                key: "CENTRIFUGO_API_URL", value: url,
                expectation: "where Centrifugo's HTTP API is, such as http://127.0.0.1:8000/api")
        }
        self.url = url.last == "/" ? String(url.dropLast()) : url
        self.key = key
    }

    func send<Response: Message>(_ method: String, _ request: some Message, as type: Response.Type) async throws -> Response {
        var call = HTTPClientRequest(url: "\(self.url)/\(Self.path(method))")
        call.method = .POST
        call.headers.add(name: "Content-Type", value: "application/json")
        if let key = self.key { call.headers.add(name: "X-API-Key", value: key) }
        call.body = .bytes(ByteBuffer(bytes: try CentrifugoJSON.encode(request)))
        let answer: HTTPClientResponse
        let body: ByteBuffer
        do {
            answer = try await Self.client.execute(call, timeout: .seconds(5))
            body = try await answer.body.collect(upTo: Self.maximumResponseSize)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CentrifugoAPIError(code: 0, method: method, message: "\(self.url): \(error)")
        }
        guard answer.status == .ok else {
            throw CentrifugoAPIError(
                code: 0, method: method,
                message: "\(self.url) answered with status \(answer.status.code). CENTRIFUGO_API_KEY must be its http_api.key")
        }
        return try CentrifugoJSON.decode(type, from: Array(body.readableBytesView))
    }

    /// `PresenceStats` is `presence_stats` there.
    static func path(_ method: String) -> String {
        if method == "RPC" { return "rpc" }
        var path = ""
        for character in method {
            if character.isUppercase, !path.isEmpty { path += "_" }
            path += character.lowercased()
        }
        return path
    }
}
