import HTTPTypes
import Logging
import NIOCore
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
        guard let kind = EventKind.allCases.first(where: { $0.path == name }) else {
            return MountedResponse(HTTPResponse(status: .notFound))
        }
        let event = CentrifugoEvent(kind, type: name, message: .json(body), metadata: Self.metadata(head))
        let response = Mutex<EventResponse?>(nil)
        let outcome = await self.exchange.handle(event) { made in response.withLock { $0 = made } }
        guard case .message(let message)? = response.withLock({ $0 }) else {
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

extension EventKind {
    /// The last part of the path.
    var path: String {
        switch self {
        case .subRefresh: "sub_refresh"
        case .channelState: "notify_channel_state"
        case .cacheEmpty: "notify_cache_empty"
        case .connect, .refresh, .subscribe, .publish, .rpc: self.rawValue
        }
    }
}
