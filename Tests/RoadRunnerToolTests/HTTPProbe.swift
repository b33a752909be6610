import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TestSupport

/// Requests to servers that are about to start.
enum HTTPProbe {
    struct NoResponse: Error, CustomStringConvertible {
        let description: String
    }

    /// A client that reports a refused connection at once. It is never shut down.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Returns: the body of the first response whose status is one of `statuses`.
    static func get(_ url: String, statuses: ClosedRange<Int> = 200...299, seconds: Int) async throws -> String {
        var last = "no server listens"
        let body = try await eventualValue(within: .seconds(seconds)) { () async throws -> String? in
            let (status, body) = try await Self.request(url)
            last = "\(status) \(body)"
            return statuses.contains(status) ? body : nil
        }
        guard let body else { throw NoResponse(description: "\(url): \(last.prefix(2000))") }
        return body
    }

    static func request(_ url: String) async throws -> (status: Int, body: String) {
        let response = try await Self.client.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
        return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 4 << 20)))
    }
}
