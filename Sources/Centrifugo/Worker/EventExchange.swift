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
        await self.pipeline.run(EventSubject(event: event)) { exchange in
            var outcome = Outcome()
            let reply = await self.dispatcher.reply(to: event, exchange.logger, &outcome)
            exchange.trace?.mark("response made")
            await send(reply)
            exchange.trace?.mark("response sent")
            outcome.summary = if case .failure = reply { "the call failed" } else { "answered" }
            return outcome
        }
    }
}

/// An event as the subject of an exchange.
private struct EventSubject: ExchangeSubject {
    let event: CentrifugoEvent

    var name: String { self.event.subject.map { "\(self.event.kindName) \($0)" } ?? self.event.kindName }
    var spanName: String { "centrifugo \(self.event.kindName)" }

    func prepare(_ logger: inout Logger) {
        logger[metadataKey: "rr.event"] = "\(self.event.kindName)"
        if let client = self.event.client { logger[metadataKey: "centrifugo.client"] = "\(client)" }
    }

    func extractTrace(into context: inout ServiceContext) {
        InstrumentationSystem.instrument.extract(self.event.metadata, into: &context, using: MetadataExtractor())
    }

    func spanBegan(_ span: any Span) {
        span.attributes["messaging.system"] = "centrifugo"
        span.attributes["messaging.operation.name"] = self.event.kindName
        if let subject = self.event.subject { span.attributes["messaging.destination.name"] = subject }
    }
}

private struct MetadataExtractor: Extractor {
    func extract(key: String, from metadata: ProxyMetadata) -> String? { metadata[key].first }
}

extension CentrifugoEvent {
    var kindName: String {
        switch self {
        case .connect: EventKind.connect.rawValue
        case .refresh: EventKind.refresh.rawValue
        case .subscribe: EventKind.subscribe.rawValue
        case .subRefresh: EventKind.subRefresh.rawValue
        case .publish: EventKind.publish.rawValue
        case .rpc: EventKind.rpc.rawValue
        case .channelState: EventKind.channelState.rawValue
        case .cacheEmpty: EventKind.cacheEmpty.rawValue
        case .invalid(let type, _): String(type.prefix(64))
        }
    }

    /// The channel, or the name of the called method.
    var subject: String? {
        switch self {
        case .subscribe(let event): event.channel
        case .subRefresh(let event): event.channel
        case .publish(let event): event.channel
        case .cacheEmpty(let event): event.channel
        case .rpc(let event): event.method
        case .connect, .refresh, .channelState, .invalid: nil
        }
    }

    var metadata: ProxyMetadata {
        switch self {
        case .connect(let event): event.metadata
        case .refresh(let event): event.metadata
        case .subscribe(let event): event.metadata
        case .subRefresh(let event): event.metadata
        case .publish(let event): event.metadata
        case .rpc(let event): event.metadata
        case .channelState(let event): event.metadata
        case .cacheEmpty(let event): event.metadata
        case .invalid: ProxyMetadata([:])
        }
    }
}
