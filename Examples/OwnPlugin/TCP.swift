import RoadRunner

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The worker of RoadRunner's `tcp` plugin, which starts processes with `RR_MODE=tcp` and sends them the events of its connections.
///
/// The context of a payload is JSON about the connection, its body the received bytes. The context of the response is the action
/// for the connection, its body the bytes to write.
struct TCP: WorkerPlugin {
    static let mode = WorkerMode(rawValue: "tcp")

    /// An event on a connection.
    struct Event: Sendable {
        enum Kind: String, Decodable, Sendable {
            case connected = "CONNECTED"
            case data = "DATA"
            case closed = "CLOSE"
        }

        let kind: Kind
        /// RoadRunner's name for the connection.
        let connection: String
        /// The client's address.
        let address: String
        let bytes: ByteBuffer

        /// The bytes as text, without the delimiter at the end.
        var line: String { String(String(buffer: self.bytes).prefix { !$0.isNewline }) }
    }

    enum Action: Sendable {
        case nothing
        case write(String)
        case writeAndClose(String)
        case close
    }

    let respond: @Sendable (Event) async throws -> Action

    init(_ respond: @escaping @Sendable (Event) async throws -> Action) { self.respond = respond }

    func makeHandler(_ environment: WorkerEnvironment<NoOptions>) -> any PayloadHandler {
        TCPHandler(respond: self.respond, pipeline: environment.pipeline)
    }
}

private struct TCPHandler: PayloadHandler {
    let respond: @Sendable (TCP.Event) async throws -> TCP.Action
    let pipeline: ExchangePipeline

    /// The context of a payload.
    private struct Connection: Decodable {
        let event: TCP.Event.Kind
        let server: String
        let uuid: String
        let remote_addr: String
    }

    /// The exchange's name in log lines, traces and reports.
    private struct Subject: ExchangeSubject {
        let name: String
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        let connection = Result { try JSONDecoder().decode(Connection.self, from: Data(payload.context.readableBytesView)) }
        let name = (try? connection.get()).map { "\($0.event.rawValue) \($0.server)" } ?? "?"
        // The common pipeline of all exchanges: ids, log lines, spans, metrics, error reports.
        return await self.pipeline.run(Subject(name: name)) { exchange in
            var outcome = Outcome()
            do {
                let connection = try connection.get()
                let event = TCP.Event(
                    kind: connection.event, connection: connection.uuid, address: connection.remote_addr, bytes: payload.body)
                let (word, text) = Self.answer(try await self.respond(event))
                try await responder.finish(flags: .raw, body: ByteBuffer(string: text)) { $0.writeString(word) }
            } catch {
                outcome.failures.append(exchange.failure(error))
                // RoadRunner closes the connection.
                try? await responder.finish(flags: .error, body: ByteBuffer(string: "cannot handle the line"))
            }
            return outcome
        }
    }

    private static func answer(_ action: TCP.Action) -> (word: String, text: String) {
        switch action {
        case .nothing: ("CONTINUE", "")
        case .write(let text): ("WRITE", text)
        case .writeAndClose(let text): ("WRITECLOSE", text)
        case .close: ("CLOSE", "")
        }
    }
}
