package import SwiftProtobuf

/// The transport of calls to Centrifugo.
package protocol CentrifugoTransport: Sendable {
    /// - Parameter method: a method such as `PresenceStats`.
    func send<Response: Message>(_ method: String, _ request: some Message, as type: Response.Type) async throws -> Response
}
