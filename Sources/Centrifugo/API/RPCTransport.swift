import Goridge
import RoadRunnerAPI
import SwiftProtobuf

/// Calls Centrifugo through RoadRunner.
struct RPCTransport: CentrifugoTransport {
    /// How often to call while RoadRunner connects to Centrifugo.
    private static let attempts = 6

    let client: RPCClient

    func send<Response: Message>(_ method: String, _ request: some Message, as type: Response.Type) async throws -> Response {
        var wait = Duration.milliseconds(100)
        for attempt in 1... {
            do {
                return try await self.client.call("centrifuge.\(method)", proto: request, as: type)
            } catch let error as RPCError where error.code == .remote {
                let text = error.text ?? ""
                if text.contains("not ready yet"), attempt < Self.attempts {
                    try await Task.sleep(for: wait)
                    wait = min(wait * 2, .seconds(1))
                    continue
                }
                if let error = CentrifugoAPIError(method: method, ofPlugin: text) { throw error }
                throw error
            }
        }
        throw CancellationError()
    }
}
