package import Logging
package import RoadRunnerRuntime
import Synchronization
import Tracing

/// What the dispatcher notes of the event in hand.
final class EventRecord: Sendable {
    @TaskLocal static var current: EventRecord?

    private let state = Mutex<(error: (any Error)?, isUnanswered: Bool)>((nil, false))

    var error: (any Error)? { self.state.withLock { $0.error } }
    var isUnanswered: Bool { self.state.withLock { $0.isUnanswered } }

    func threw(_ error: any Error) { self.state.withLock { $0.error = error } }
    func wasUnanswered() { self.state.withLock { $0.isUnanswered = true } }
}

/// An event from its coming to its answer, under RoadRunner and alone: its logger, its span, and everyone who wants to know of it.
package struct EventExchange: Sendable {
    private let dispatcher: EventDispatcher
    private let isDebug: Bool
    private let isTraced: Bool
    private let events: EventHub
    private let inspector: Inspector?

    package init(dispatcher: EventDispatcher, options: RuntimeOptions, events: EventHub, inspector: Inspector?) {
        self.dispatcher = dispatcher
        self.isDebug = options.isDebug
        self.isTraced = options.tracing && !(InstrumentationSystem.tracer is NoOpTracer)
        self.events = events
        self.inspector = inspector
    }

    /// - Parameter send: sends the answer.
    package func handle(
        _ event: AnyEvent, _ base: Logger, send: (EventReply, Logger) async -> Void
    ) async -> PayloadOutcome {
        let id = ExchangeID()
        let trace = self.inspector != nil || self.events.wantsTraces || self.isDebug ? RequestTrace() : nil
        var logger = RequestLogger.make(from: base, id: id, trace: trace)
        if let client = event.client { logger[metadataKey: "centrifugo.client"] = "\(client)" }
        let record = EventRecord()
        await withLogger(logger) { logger in
            await EventRecord.$current.withValue(record) {
                await RequestTrace.$current.withValue(trace) {
                    await self.traced(event) { await self.exchange(event, id, trace, record, logger, send) }
                }
            }
        }
        return PayloadOutcome(error: record.error)
    }

    private func traced(_ event: AnyEvent, _ body: () async -> Void) async {
        guard self.isTraced else { return await body() }
        var context = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(event.metadata, into: &context, using: MetadataExtractor())
        await withSpan("centrifugo \(event.kindName)", context: context, ofKind: .server) { span in
            span.attributes["messaging.system"] = "centrifugo"
            span.attributes["messaging.operation.name"] = event.kindName
            if let subject = event.subject { span.attributes["messaging.destination.name"] = subject }
            await body()
            if let error = EventRecord.current?.error {
                span.recordError(error)
                span.setStatus(SpanStatus(code: .error))
            }
        }
    }

    private func exchange(
        _ event: AnyEvent, _ id: ExchangeID, _ trace: RequestTrace?, _ record: EventRecord, _ logger: Logger,
        _ send: (EventReply, Logger) async -> Void
    ) async {
        let start = ContinuousClock.now
        let name = event.subject.map { "\(event.kindName) \($0)" } ?? event.kindName
        let identity = RequestIdentity(mode: .centrifuge, name: name) { id.description }
        await self.events.emit(RequestReceived(request: identity))
        let reply = await self.dispatcher.reply(to: event, logger: logger)
        trace?.mark("answer made")
        if let error = record.error {
            await self.events.exceptionThrown(error, phase: .beforeHead, request: identity)
        }
        await send(reply, logger)
        trace?.mark("answer sent")
        let duration = ContinuousClock.now - start
        await self.events.responseSent(
            to: .centrifuge, took: duration, isComplete: true,
            ResponseSent(request: identity, status: nil, duration: duration, isComplete: true))
        if let trace, let inspector {
            let result = if case .failure = reply { "the call failed" } else { "answered" }
            inspector.record(trace, identity, result: result, isUnanswered: record.isUnanswered)
        }
    }
}

private struct MetadataExtractor: Extractor {
    func extract(key: String, from metadata: CallMetadata) -> String? { metadata[key].first }
}

extension AnyEvent {
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

    /// The channel, or the method of a remote call.
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

    var metadata: CallMetadata {
        switch self {
        case .connect(let event): event.metadata
        case .refresh(let event): event.metadata
        case .subscribe(let event): event.metadata
        case .subRefresh(let event): event.metadata
        case .publish(let event): event.metadata
        case .rpc(let event): event.metadata
        case .channelState(let event): event.metadata
        case .cacheEmpty(let event): event.metadata
        case .invalid: CallMetadata([:])
        }
    }
}
