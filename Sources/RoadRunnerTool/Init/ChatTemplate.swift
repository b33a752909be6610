/// `Chat.swift` of a new project: the handlers of Centrifugo's events.
enum ChatTemplate {
    static let chat = #"""
        import Centrifugo
        import RoadRunner

        /// Answers Centrifugo's events: who may connect, subscribe and publish.
        enum Chat {
            private struct Hello: Decodable { let name: String }
            private struct Post: Codable { let text: String }

            static var events: CentrifugoEvents {
                CentrifugoEvents {
                    OnConnect { event in
                        guard let name = try? event.data.decode(as: Hello.self).name, !name.isEmpty else {
                            return .disconnect(.unauthorized)
                        }
                        return .accept(user: name, data: ["welcome": name])
                    }
                    OnSubscribe("chat:*") { _ in .accept() }
                    OnPublish("chat:*") { event in .accept(data: try event.data.decode(as: Post.self)) }
                    OnRPC("ping") { _ in .reply(["pong": true]) }
                }
            }
        }

        """#
}
