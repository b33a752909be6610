import AsyncHTTPClient
import Centrifugo
import NIOCore
import NIOHTTP1
import NIOPosix
import RoadRunnerRuntime
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Centrifugo's HTTP API. Source: Centrifugo's documentation, "Server API", "HTTP API".
struct HTTPTransport: CentrifugoTransport {
    private static let maximumResponseSize = 64 * 1024 * 1024

    /// The process's client. It does not retry, so a Centrifugo that is down shows at once, and follows no redirects, which would
    /// send the key elsewhere.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }()

    let url: String
    let key: String?
    /// The timeout for a call and its whole response.
    let timeout: Duration

    init(url: String, key: String?, timeout: Duration = .seconds(5)) throws(OptionError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), let parsed = URL(string: url), let host = parsed.host(),
            !host.isEmpty, parsed.query() == nil, parsed.fragment() == nil
        else {
            // Users, passwords and queries may be secrets.
            let shown = URL(string: url).flatMap { parsed in
                parsed.host().map { "\(parsed.scheme ?? "")://\($0)\(parsed.path())" }
            }
            throw OptionError(
                key: "CENTRIFUGO_API_URL", value: url.isEmpty ? "" : shown ?? "…",
                expectation: "the address of Centrifugo's HTTP API, without a query, such as http://127.0.0.1:8000/api")
        }
        guard parsed.user() == nil, parsed.password() == nil else {
            // Errors show the address.
            throw OptionError(
                key: "CENTRIFUGO_API_URL", value: "\(parsed.scheme ?? "http")://…@\(host)",
                expectation: "without a user and a password: set CENTRIFUGO_API_KEY to Centrifugo's http_api.key instead")
        }
        self.url = url.last == "/" ? String(url.dropLast()) : url
        self.key = key
        self.timeout = timeout
    }

    func send<Response: Message>(_ method: String, _ request: some Message, as type: Response.Type) async throws -> Response {
        var call = HTTPClientRequest(url: "\(self.url)/\(Self.path(method))")
        call.method = .POST
        call.headers.add(name: "Content-Type", value: "application/json")
        if let key = self.key { call.headers.add(name: "X-API-Key", value: key) }
        do {
            call.body = .bytes(ByteBuffer(bytes: try CentrifugoJSON.encode(request)))
        } catch let error as CentrifugoJSON.NotJSON {
            throw CentrifugoAPIError(.badRequest, method: method, message: "\(error)")
        }
        let (status, body) = try await self.exchange(method, call)
        guard status == .ok else { throw self.error(method, status) }
        do {
            return try CentrifugoJSON.decode(type, from: Array(body.readableBytesView))
        } catch {
            throw CentrifugoAPIError(
                .unexpectedResponse, method: method, message: "\(self.url) did not respond with its JSON: \(error)")
        }
    }

    private func exchange(_ method: String, _ call: HTTPClientRequest) async throws -> (HTTPResponseStatus, ByteBuffer) {
        do {
            // The client's own deadline covers the head of the response only.
            return try await withDeadline(self.timeout) { [timeout = self.timeout] in
                let response = try await Self.client.execute(call, timeout: TimeAmount(min(timeout, .seconds(86_400))))
                guard response.status == .ok else { return (response.status, ByteBuffer()) }
                return (response.status, try await response.body.collect(upTo: Self.maximumResponseSize))
            }
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            let code: CentrifugoAPIError.Code =
                switch error {
                case is DeadlineExceeded: .timedOut
                case let error as HTTPClientError where error == .deadlineExceeded: .timedOut
                case is NIOTooManyBytesError: .unexpectedResponse
                default: .unreachable
                }
            throw CentrifugoAPIError(code, method: method, message: "\(self.url): \(error)")
        }
    }

    private func error(_ method: String, _ status: HTTPResponseStatus) -> CentrifugoAPIError {
        let (code, advice): (CentrifugoAPIError.Code, String) =
            switch status.code {
            case 401, 403: (.unauthorized, "CENTRIFUGO_API_KEY must be its http_api.key")
            case 404:
                (
                    .notFound,
                    "it has no such method, or CENTRIFUGO_API_URL is not the address of its HTTP API, which ends with /api"
                )
            case 408: (.timedOut, "it did not receive the request in time")
            case 413: (.tooLarge, "the request is too long for it, or for a proxy in front of it")
            case 429: (.tooManyRequests, "too many requests")
            case 300..<400: (.unexpectedResponse, "redirects are not followed: set CENTRIFUGO_API_URL to their target")
            // Neither is temporary: not implemented, and an unsupported version of HTTP.
            case 501, 505: (.unexpectedResponse, "this is not Centrifugo's HTTP API")
            case 500...: (.serverFailed, "the same call may succeed later")
            case 400..<500: (.badRequest, "it does not understand the request")
            default: (.unexpectedResponse, "Centrifugo responds with 200")
            }
        return CentrifugoAPIError(
            code, status: Int(status.code), method: method, message: "\(self.url) responded with status \(status.code): \(advice)"
        )
    }

    /// Converts a method's name to a path: `PresenceStats` is `presence_stats` there.
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
