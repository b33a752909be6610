import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
public import RoadRunnerRuntime
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension CentrifugoEvents: WorkerPlugin {
    public static func bootPolicy(_ configuration: CentrifugoOptions) -> BootPolicy { configuration.boot }

    public func makeHandler(_ environment: WorkerEnvironment<CentrifugoOptions>) async throws -> any PayloadHandler {
        CentrifugoPayloadHandler(
            exchange: EventExchange(
                dispatcher: try self.dispatcher(
                    isDebug: environment.options.isDebug, logger: environment.logger, process: environment.process),
                pipeline: environment.pipeline),
            logger: environment.logger)
    }

    public static func makeFailureHandler(
        _ failure: any Error, _ environment: WorkerEnvironment<CentrifugoOptions>
    ) -> any PayloadHandler {
        FailedBootHandler(failure: failure, isDebug: environment.options.isDebug, logger: environment.logger)
    }

    /// Answers as for any other message that cannot be decoded.
    public static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, _ environment: WorkerEnvironment<CentrifugoOptions>
    ) async {
        await responder.finish(
            ProxyPublishResponse.with { $0.error = CentrifugoClientError.badRequest.proxied }, environment.logger)
    }
}

/// Answers the payloads of RoadRunner's `centrifuge` plugin: its context is the call's metadata as JSON, its body the message.
private struct CentrifugoPayloadHandler: PayloadHandler {
    let exchange: EventExchange
    let logger: Logger

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        await self.exchange.handle(CentrifugoEvent(payload)) { response in
            switch response {
            case .message(let message): await responder.finish(message, self.logger)
            case .failure(let text): await responder.fail(text)
            }
        }
    }
}

/// Answers when there is no kernel: clients must retry with another worker.
private struct FailedBootHandler: PayloadHandler {
    let failure: any Error
    let isDebug: Bool
    let logger: Logger

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        self.logger.error("no kernel: its boot failed")
        let text = self.isDebug ? String("\(type(of: self.failure)): \(self.failure)".prefix(200)) : "Unexpected system error"
        if CentrifugoEvent(payload).details?.kind.isRefresh == true {
            await responder.fail(text)
        } else {
            await responder.finish(
                ProxyPublishResponse.with { $0.error = CentrifugoClientError(known: 100, text, true).proxied }, self.logger)
        }
        return Outcome()
    }
}

extension PayloadResponder {
    fileprivate func finish(_ message: any Message, _ logger: Logger) async {
        do {
            try await self.finish(body: try message.serializedBuffer())
        } catch is CancellationError {
            logger.debug("the response is no longer awaited")
        } catch {
            logger.error("cannot send the response: \(error)")
        }
    }

    /// Sends an ERROR frame, for which RoadRunner fails Centrifugo's call.
    fileprivate func fail(_ text: String) async { try? await self.finish(flags: .error, body: ByteBuffer(string: text)) }
}

extension CentrifugoEvent {
    /// Reads a payload. An unreadable one is an event as well.
    package init(_ payload: Payload) {
        guard
            var values = try? JSONDecoder().decode([String: [String]].self, from: Data(payload.context.readableBytesView)),
            // Clients may have sent a header of that name: RoadRunner's own is the last one.
            let type = values["type"]?.popLast()
        else {
            self = .invalid(type: "", reason: "its context is not a JSON object of lists of strings with a \"type\"")
            return
        }
        if values["type"]?.isEmpty == true { values["type"] = nil }
        let metadata = ProxyMetadata(values)
        guard let kind = EventKind(rawValue: type) else {
            self = .invalid(type: type, reason: "its type \"\(type.prefix(64))\" is unknown")
            return
        }
        self.init(kind, type: type, message: .protobuf(payload.body), metadata: metadata)
    }
}
