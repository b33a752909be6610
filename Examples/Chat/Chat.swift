import Centrifugo
import CentrifugoHTTP
import RoadRunner

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Centrifugo keeps the websockets; this application decides about connections, subscriptions and messages.
@main
struct Chat: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    // Centrifugo's server API over HTTP, for processes without RoadRunner.
    static var integrations: [any LaunchIntegration] { [CentrifugoHTTPIntegration()] }

    private struct Visitor: Decodable { let name: String }
    private struct Post: Decodable { let text: String }

    struct Message: Codable, Sendable {
        let user: String
        let text: String
    }

    init(_ boot: BootContext) async throws {
        // Calls Centrifugo: the server's messages reach all subscribers.
        router.post("announcements") { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            try await boot.centrifugo.publish(Message(user: "server", text: post.text), to: "chat:lobby")
            return HTTPResponse.Status.accepted
        }
    }

    var workers: some Workers {
        HTTP(router)
        CentrifugoEvents {
            OnConnect { event in
                guard let name = try? event.data.decode(as: Visitor.self).name, !name.isEmpty else {
                    return .disconnect(.unauthorized)
                }
                return .accept(user: name, data: ["welcome": name], expiresAt: .now + 60)
            }
            OnRefresh { _ in .extend(until: .now + 60) }
            // Other channels are refused, since no handler matches them.
            OnSubscribe("chat:*") { _ in .accept() }
            OnPublish("chat:*") { event in
                let post = try event.data.decode(as: Post.self)
                guard (1...500).contains(post.text.count) else {
                    throw CentrifugoClientError(400, "a message has 1 to 500 characters")
                }
                // Subscribers get this instead of the client's own data, so no client can speak in another one's name.
                return .accept(data: Message(user: event.user, text: post.text))
            }
        }
    }
}
