import HTTPTypes
import Logging
import NIOCore
import RoadRunnerAPI
public import RoadRunnerRuntime
import Synchronization

extension CentrifugoEvents: StandaloneMountable {
    public func makeEndpoint(_ launch: LaunchContext) throws -> any MountedEndpoint {
        let options = try launch.options.inForce(CentrifugoOptions.self)
        let secret = options.proxySecret.flatMap { $0.isEmpty ? nil : $0 }
        if secret == nil {
            guard launch.isLocalOnly || options.proxyIsInsecure else { throw CentrifugoSetupError(code: .proxyUnguarded) }
            if launch.process.isFirst("centrifugo.secret") {
                launch.logger.notice(
                    "POST /centrifugo/... is open to everyone who can reach this server; set CENTRIFUGO_PROXY_SECRET to protect it"
                )
            }
        }
        return CentrifugoEndpoint(
            exchange: EventExchange(
                dispatcher: try self.dispatcher(isDebug: launch.options.isDebug, logger: launch.logger, process: launch.process),
                pipeline: launch.pipeline(for: Self.mode)),
            secret: secret)
    }
}

/// Serves Centrifugo's HTTP proxy: events arrive as `POST /centrifugo/…` with JSON.
///
/// Source: Centrifugo's documentation, "Proxy events to the backend", "HTTP proxy".
struct CentrifugoEndpoint: MountedEndpoint {
    let exchange: EventExchange
    let secret: String?
    var pathPrefix: String { "/centrifugo/" }
    var maximumBodySize: Int { 1024 * 1024 }

    func refusal(of head: HTTPRequest) -> HTTPResponse.Status? {
        guard self.isAllowed(head) else { return .unauthorized }
        return head.method == .post ? nil : .methodNotAllowed
    }

    func respond(to head: HTTPRequest, name: String, body: ByteBuffer, logger: Logger) async throws -> MountedResponse {
        guard let event = CentrifugoEvent(name: name, json: Array(body.readableBytesView), metadata: Self.metadata(head)) else {
            return MountedResponse(HTTPResponse(status: .notFound))
        }
        let reply = Mutex<EventResponse?>(nil)
        let outcome = await self.exchange.handle(event) { made in reply.withLock { $0 = made } }
        guard case .message(let message)? = reply.withLock({ $0 }) else {
            // Centrifugo takes it for a failing proxy, and leaves connections and subscriptions as they are.
            return MountedResponse(HTTPResponse(status: .internalServerError), outcome: outcome)
        }
        return MountedResponse(
            HTTPResponse(status: .ok, headerFields: [.contentType: "application/json"]),
            body: ByteBuffer(bytes: try CentrifugoJSON.encode(message)), outcome: outcome)
    }

    private func isAllowed(_ head: HTTPRequest) -> Bool {
        guard let secret = self.secret else { return true }
        return secret.equalsInConstantTime(head.headerFields[.centrifugoProxySecret] ?? "")
    }

    private static func metadata(_ head: HTTPRequest) -> ProxyMetadata {
        var values: [String: [String]] = [:]
        for field in head.headerFields where field.name != .centrifugoProxySecret {
            values[field.name.canonicalName, default: []].append(field.value)
        }
        return ProxyMetadata(values)
    }
}

extension CentrifugoEvent {
    /// - Parameter name: the last part of the path.
    /// - Returns: nil when there is no such event.
    init?(name: String, json: [UInt8], metadata: ProxyMetadata) {
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
