import Centrifugo
import Hummingbird
import KVCache
import RoadRunner

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A small chat: Centrifugo keeps the websockets, the application decides about messages.
struct Chat {
    /// What subscribers of `chat:…` receive.
    struct Message: Codable, Sendable {
        let text: String
        let user: String
        /// The time by RFC 3339.
        let at: String

        init(text: String, user: String) {
            self.text = text
            self.user = user
            self.at = Date().formatted(.iso8601)
        }
    }

    private static let historyLength = 10

    private let cache: KeyValueStore
    private let boot: BootContext
    private let connectionTTL: Double
    /// How long subscriptions last; nil for ever.
    private let subscriptionTTL: Double?

    init(_ boot: BootContext) async throws {
        self.boot = boot
        self.cache = try await boot.keyValueStore("cache", prefix: "chat.", timeToLive: .seconds(3600))
        self.connectionTTL = try Self.seconds("chat.connection.ttl", boot) ?? 60
        self.subscriptionTTL = try Self.seconds("chat.subscription.ttl", boot)
    }

    private static func seconds(_ key: ConfigKey, _ boot: BootContext) throws -> Double? {
        guard let text = boot.configuration.text(key) else { return nil }
        guard let seconds = Double(text), (1...86_400).contains(seconds) else { throw BadTTL(key: "\(key)", text: text) }
        return seconds
    }

    private struct BadTTL: Error, CustomStringConvertible {
        let key: String
        let text: String
        var description: String { "\(self.key) is \"\(self.text)\": it must be a number of seconds, from 1 to 86400" }
    }

    // MARK: Events

    private struct Hello: Decodable { let name: String }
    private struct Post: Decodable { let text: String }
    private struct HistoryQuestion: Decodable { let channel: String }

    var events: CentrifugoEvents {
        CentrifugoEvents {
            OnConnect { event in
                // A client without a name is disconnected, and does not reconnect.
                guard let name = try? event.data.decode(as: Hello.self).name, !name.isEmpty else {
                    return .disconnect(.unauthorized)
                }
                return .accept(user: name, data: ["welcome": name], expiresAt: Date() + self.connectionTTL)
            }
            OnRefresh { _ in .extend(until: Date() + self.connectionTTL) }
            OnSubscribe("chat:*") { _ in .accept(expiresAt: self.subscriptionTTL.map { Date() + $0 }) }
            OnSubscribe(priority: -1) { _ in .error(CentrifugoClientError(403, "only channels of the chat exist")) }
            OnSubRefresh("chat:*") { _ in .extend(until: Date() + (self.subscriptionTTL ?? 3600)) }
            OnPublish("chat:*") { event in
                guard let text = try? event.data.decode(as: Post.self).text, (1...500).contains(text.count) else {
                    return .error(CentrifugoClientError(400, "a message has a text of 1 to 500 characters"))
                }
                let message = Message(text: text, user: event.user)
                try await self.remember(message, in: event.channel)
                return .accept(data: message)
            }
            OnPublish(priority: -1) { _ in .error(CentrifugoClientError(403, "only channels of the chat exist")) }
            OnRPC("ping") { _ in .reply(["pong": true]) }
            OnRPC("history") { event in
                guard let channel = try? event.data.decode(as: HistoryQuestion.self).channel, channel.hasPrefix("chat:") else {
                    return .error(CentrifugoClientError(403, "only channels of the chat exist"))
                }
                return .reply(["messages": try await self.history(of: channel)])
            }
            OnRPC(priority: -1) { _ in .error(CentrifugoClientError(404, "the method does not exist")) }
        }
    }

    private func history(of channel: String) async throws -> [Message] {
        try await self.cache.get(channel, as: [Message].self) ?? []
    }

    private func remember(_ message: Message, in channel: String) async throws {
        try await self.cache.withLock(channel) {
            let messages = (try await self.history(of: channel) + [message]).suffix(Self.historyLength)
            try await self.cache.set(Array(messages), for: channel)
        }
    }

    // MARK: HTTP

    private struct Position: ResponseEncodable {
        let offset: UInt64
        let epoch: String
    }

    private struct Presence: ResponseEncodable {
        struct Client: Codable {
            let client: String
            let user: String
        }
        let clients: [Client]
    }

    func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.post("broadcast") { request, context in
            let channel = try Self.channel(request)
            let message = Message(text: try await Self.text(request, context), user: "server")
            let result = try await self.askCentrifugo { try await $0.publish(message, to: channel) }
            if channel.hasPrefix("chat:") { try await self.remember(message, in: channel) }
            return Position(offset: result.offset, epoch: result.epoch)
        }
        router.get("presence") { request, _ in
            let channel = try Self.channel(request)
            let clients = try await self.askCentrifugo { try await $0.presence(in: channel) }
            return Presence(
                clients: clients.values.map { .init(client: $0.client, user: $0.user) }.sorted { $0.client < $1.client })
        }
        let address = self.boot.configuration.string(forKey: "centrifugo.websocket.url") ?? ""
        let page = ChatPage.html(
            websocket: address, isAlone: self.boot.mode == nil,
            hasAPI: self.boot.mode != nil || self.boot.configuration.text("centrifugo.api.url") != nil)
        router.get("chat") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        }
    }

    /// The field `text` of a form, or else the body.
    private static func text(_ request: Request, _ context: BasicRoadRunnerRequestContext) async throws -> String {
        guard request.hasForm else { return String(buffer: try await request.body.collect(upTo: 64 * 1024)) }
        guard let text = try await request.form(context: context)["text"].value else {
            throw HTTPError(.badRequest, message: "the form has no field \"text\"")
        }
        return text
    }

    private static func channel(_ request: Request) throws -> String {
        guard let channel = request.uri.queryParameters.get("channel"), !channel.isEmpty else {
            throw HTTPError(.badRequest, message: "the channel is missing: add ?channel=chat:lobby")
        }
        return channel
    }

    private func askCentrifugo<Result>(_ body: (CentrifugoClient) async throws -> Result) async throws -> Result {
        do {
            return try await body(self.boot.centrifugo)
        } catch let error as CentrifugoAPIError where error.code == .refused {
            throw HTTPError(.badRequest, message: "\(error)")
        } catch let error where !(error is CancellationError) {
            throw HTTPError(.badGateway, message: "Centrifugo cannot be reached")
        }
    }
}
