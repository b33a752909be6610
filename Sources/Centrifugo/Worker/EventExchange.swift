import Logging
package import RoadRunnerRuntime
import Tracing

/// Handles events, both under RoadRunner and standalone.
package struct EventExchange: Sendable {
    private let dispatcher: EventDispatcher
    package let pipeline: ExchangePipeline

    package init(dispatcher: EventDispatcher, pipeline: ExchangePipeline) {
        self.dispatcher = dispatcher
        self.pipeline = pipeline
    }

    /// - Parameter send: sends the response.
    package func handle(_ event: CentrifugoEvent, send: (EventResponse) async -> Void) async -> Outcome {
        await self.pipeline.run(EventSubject(event)) { exchange in
            var outcome = Outcome()
            let response = await self.dispatcher.respond(to: event, logger: exchange.logger, outcome: &outcome)
            exchange.trace?.mark("response made")
            await send(response)
            exchange.trace?.mark("response sent")
            outcome.summary = if case .failure = response { "the call failed" } else { "answered" }
            return outcome
        }
    }
}

/// An event as the subject of an exchange.
private struct EventSubject: ExchangeSubject {
    private let details: (any ProxyEvent)?
    private let kind: String

    init(_ event: CentrifugoEvent) {
        self.details = event.details
        self.kind =
            if case .invalid(let type, _) = event { String(type.prefix(64)) } else { self.details?.kind.rawValue ?? "" }
    }

    var name: String { self.details?.subject.map { "\(self.kind) \($0)" } ?? self.kind }
    var spanName: String { "centrifugo \(self.kind)" }

    func prepare(_ logger: inout Logger) {
        logger[metadataKey: "rr.event"] = "\(self.kind)"
        if let client = self.details?.clientID { logger[metadataKey: "centrifugo.client"] = "\(client)" }
    }

    func extractTrace(into context: inout ServiceContext) {
        guard let metadata = self.details?.metadata else { return }
        InstrumentationSystem.instrument.extract(metadata, into: &context, using: MetadataExtractor())
    }

    func spanBegan(_ span: any Span) {
        span.attributes["messaging.system"] = "centrifugo"
        span.attributes["messaging.operation.name"] = self.kind
        if let subject = self.details?.subject { span.attributes["messaging.destination.name"] = subject }
    }
}

private struct MetadataExtractor: Extractor {
    func extract(key: String, from metadata: ProxyMetadata) -> String? { metadata[key].first }
}
