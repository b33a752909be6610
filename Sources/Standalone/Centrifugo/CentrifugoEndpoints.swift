import Centrifugo
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf
import Synchronization

/// Centrifugo's HTTP proxy: events come as `POST /centrifugo/…` with JSON, and everything else goes to the application.
///
/// Source: Centrifugo's documentation, "Proxy events to the backend", "HTTP proxy".
struct CentrifugoEndpoints: HTTPApplication {
    /// Where the shared secret is expected, when there is one.
    static let secretHeader = HTTPField.Name("X-Centrifugo-Proxy-Secret")
    private static let prefix = "/centrifugo/"
    private static let maximumBodySize = 1024 * 1024

    let exchange: EventExchange
    let secret: String?
    let application: (any HTTPApplication)?

    func respond(
        to request: Request, info: RequestInfo, logger: Logger, render: (any HTTPResponseError) async -> Response?
    ) async throws -> Response {
        guard request.uri.path.hasPrefix(Self.prefix) else {
            guard let application = self.application else { return Response(status: .notFound) }
            return try await application.respond(to: request, info: info, logger: logger, render: render)
        }
        guard self.isAllowed(request) else { return Response(status: .unauthorized) }
        guard request.method == .post else { return Response(status: .methodNotAllowed) }
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: Self.maximumBodySize)
        } catch {
            return Response(status: .contentTooLarge)
        }
        let name = String(request.uri.path.dropFirst(Self.prefix.count))
        guard let event = AnyEvent(name: name, json: Array(body.readableBytesView), metadata: Self.metadata(request)) else {
            return Response(status: .notFound)
        }
        let answer = Mutex<EventReply?>(nil)
        let outcome = await self.exchange.handle(event) { reply in answer.withLock { $0 = reply } }
        info.note(nested: outcome)
        guard case .message(let message)? = answer.withLock({ $0 }) else {
            // Centrifugo takes it for a failing proxy, and leaves things as they are.
            return Response(status: .internalServerError)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try CentrifugoJSON.encode(message))))
    }

    private func isAllowed(_ request: Request) -> Bool {
        guard let secret = self.secret else { return true }
        guard let name = Self.secretHeader else { return false }
        return secret.equalsInConstantTime(request.headers[name] ?? "")
    }

    private static func metadata(_ request: Request) -> CallMetadata {
        var values: [String: [String]] = [:]
        for field in request.headers where field.name != Self.secretHeader {
            values[field.name.canonicalName, default: []].append(field.value)
        }
        return CallMetadata(values)
    }
}

extension AnyEvent {
    /// - Parameter name: the last part of the path.
    /// - Returns: nil when there is no such event.
    init?(name: String, json: [UInt8], metadata: CallMetadata) {
        do {
            switch name {
            case "connect":
                self = .connect(ConnectEvent(try CentrifugoJSON.decode(ProxyConnectRequest.self, from: json), metadata))
            case "refresh":
                self = .refresh(RefreshEvent(try CentrifugoJSON.decode(ProxyRefreshRequest.self, from: json), metadata))
            case "subscribe":
                self = .subscribe(SubscribeEvent(try CentrifugoJSON.decode(ProxySubscribeRequest.self, from: json), metadata))
            case "sub_refresh":
                self = .subRefresh(SubRefreshEvent(try CentrifugoJSON.decode(ProxySubRefreshRequest.self, from: json), metadata))
            case "publish":
                self = .publish(PublishEvent(try CentrifugoJSON.decode(ProxyPublishRequest.self, from: json), metadata))
            case "rpc": self = .rpc(RPCEvent(try CentrifugoJSON.decode(ProxyRPCRequest.self, from: json), metadata))
            case "notify_channel_state":
                self = .channelState(
                    ChannelStateEvent(try CentrifugoJSON.decode(ProxyNotifyChannelStateRequest.self, from: json), metadata))
            case "notify_cache_empty":
                self = .cacheEmpty(
                    CacheEmptyEvent(try CentrifugoJSON.decode(ProxyNotifyCacheEmptyRequest.self, from: json), metadata))
            default: return nil
            }
        } catch {
            self = .invalid(type: name, reason: "its message could not be decoded (\(error))")
        }
    }
}
