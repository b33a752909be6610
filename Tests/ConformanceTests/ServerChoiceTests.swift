import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests an application's choices for the standalone mode: another server of Hummingbird's, and a unix socket.
@Suite(.timeLimit(.minutes(1))) struct ServerChoiceTests {
    private static let certificates = Recording.fixtures.appending(path: "tls").path()

    private static func withClient(
        _ version: HTTPClient.Configuration.HTTPVersion = .automatic, _ body: (HTTPClient) async throws -> Void
    ) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        configuration.httpVersion = version
        let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
        do {
            try await body(client)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private static func expectResponses(_ client: HTTPClient, at url: String, _ version: HTTPVersion) async throws {
        for (method, path, body, expected) in [
            (HTTPMethod.GET, "/buffer", nil, "hello"), (.POST, "/echo", "what was sent", "what was sent"),
            (.GET, "/version", nil, "HTTP/\(version.major).\(version.minor) \(url.hasPrefix("https") ? "https" : "http")"),
            (.GET, "/stream", nil, "one,two"), (.HEAD, "/buffer", nil, ""), (.GET, "/next", nil, "next"),
        ] as [(HTTPMethod, String, String?, String)] {
            var request = HTTPClientRequest(url: url + path)
            request.method = method
            // Otherwise it would be the socket's path, which is not a valid host.
            if url.hasPrefix("http+unix") { request.headers.add(name: "host", value: "localhost") }
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            let response = try await client.execute(request, timeout: .seconds(20))
            #expect(response.status == .ok)
            #expect(response.version == version)
            #expect(response.headers["date"].count == 1)
            #expect(String(buffer: try await response.body.collect(upTo: 1_000_000)) == expected, "\(method) \(path)")
        }
    }

    @Test func http2OverTLS() async throws {
        let server = try await ConformanceServer.alone(["CONFORMANCE_TLS": Self.certificates])
        try await Self.withClient { client async throws in
            try await Self.expectResponses(client, at: "https://127.0.0.1:\(server.port)", .http2)
        }
    }

    @Test func http1OverTLS() async throws {
        let server = try await ConformanceServer.alone(["CONFORMANCE_TLS": Self.certificates])
        try await Self.withClient(.http1Only) { client async throws in
            try await Self.expectResponses(client, at: "https://127.0.0.1:\(server.port)", .http1_1)
        }
    }

    @Test func aUnixSocket() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/http.sock"
            let server = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
            try await Self.withClient { client async throws in
                let socket = try #require(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                try await Self.expectResponses(client, at: "http+unix://\(socket)", .http1_1)
            }
            #expect(server.output.contains(path))
        }
    }

    /// The first process still drains, and no longer listens.
    @Test func theNextProcessKeepsItsSocket() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/http.sock"
            let first = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
            let socket = try #require(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            try await Self.withClient { client async throws in
                func get(_ target: String) -> HTTPClientRequest {
                    var request = HTTPClientRequest(url: "http+unix://\(socket)\(target)")
                    request.headers.add(name: "host", value: "localhost")
                    return request
                }
                // The process drains as long as a request is in flight.
                let waiting = Task { try await client.execute(get("/slow"), timeout: .seconds(30)) }
                try await Task.sleep(for: .milliseconds(300))
                first.signal(SIGTERM)
                try await Task.sleep(for: .milliseconds(300))
                let second = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
                #expect(await first.waitForExit() != nil)
                _ = await waiting.result
                #expect(FileManager.default.fileExists(atPath: path))
                #expect(try await client.execute(get("/next"), timeout: .seconds(20)).status == .ok)
                withExtendedLifetime(second) {}
            }
        }
    }

    /// A killed process leaves its socket file, which the next one replaces; the socket of a listening process stays.
    @Test func aStaleUnixSocket() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/http.sock"
            let first = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
            first.signal(SIGKILL)
            _ = await first.waitForExit()
            #expect(FileManager.default.fileExists(atPath: path))
            let second = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
            #expect(second.output.contains("listening on the unix socket"))
            let third = try await ConformanceServer.alone(["HTTP_UNIX_SOCKET": path])
            #expect(await third.waitForExit() == .exited(1))
            #expect(third.output.contains("cannot listen on \(path)"))
            second.signal(SIGTERM)
            #expect(await second.waitForExit() == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
