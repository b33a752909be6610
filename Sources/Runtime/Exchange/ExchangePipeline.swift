import Goridge
package import Logging
import Tracing

/// Runs exchanges with a logger, a trace, a span and lifecycle events, and reports their errors.
///
///     logger → trace → span → RequestReceived → body → failures → ResponseSent → inspector → work afterwards
///
/// Every mode uses it, so observers, metrics, error reports and reboots are the same for all. When nothing observes an exchange,
/// the pipeline only adds a logger and an id.
public struct ExchangePipeline: Sendable {
    /// The mode of its exchanges.
    public let mode: WorkerMode
    package let events: LifecycleEventDispatcher
    package let inspector: Inspector?
    package let logger: Logger
    private let loggers: RequestLogger
    private let metrics: ModeMetrics?
    private let isTraced: Bool
    private let wantsTrace: Bool

    package init(
        mode: WorkerMode, options: RuntimeOptions, events: LifecycleEventDispatcher, inspector: Inspector?, logger: Logger
    ) {
        self.mode = mode
        self.events = events
        self.inspector = inspector
        self.logger = logger
        self.loggers = RequestLogger(logger)
        self.metrics = events.metrics?.mode(mode)
        self.isTraced = options.tracing && !(InstrumentationSystem.tracer is NoOpTracer)
        self.wantsTrace = inspector != nil || events.wantsTraces || options.isDebug
    }

    /// Runs `body` as one exchange.
    ///
    /// - Parameters:
    ///   - subject: the subject of the exchange.
    ///   - body: handles the payload and sends the response. It does not throw: errors are in ``Outcome/failures``, which the
    ///     pipeline logs, reports and counts according to whose fault they were.
    /// - Returns: the outcome of `body`, for the policies of the kernel.
    public func run<Subject: ExchangeSubject>(
        _ subject: Subject, _ body: (Exchange) async -> Outcome
    ) async -> Outcome {
        let trace = self.wantsTrace ? RequestTrace() : nil
        let id = ExchangeID()
        var logger = self.loggers.make(id: id, route: subject.routeSource, trace: trace)
        subject.prepare(&logger)
        let exchange = Exchange(id: id, mode: self.mode, logger: logger, trace: trace)
        let record = ExchangeRecord(id, subject)
        defer { record.end() }
        let isPlain = trace == nil && !self.isTraced && !self.events.hasObservers
        return await withLogger(logger) { _ in
            guard isPlain else { return await self.withTrace(subject, exchange, body) }
            let outcome = await body(exchange)
            if outcome.failures.isEmpty, outcome.afterwards == nil { return outcome }
            await self.report(outcome, exchange, subject)
            return await self.finished(outcome)
        }
    }

    private func withTrace<Subject: ExchangeSubject>(
        _ subject: Subject, _ exchange: Exchange, _ body: (Exchange) async -> Outcome
    ) async -> Outcome {
        guard let trace = exchange.trace else { return await self.finished(self.traced(subject, exchange, body)) }
        return await RequestTrace.$current.withValue(trace) {
            await self.finished(self.traced(subject, exchange, body))
        }
    }

    private func finished(_ outcome: Outcome) async -> Outcome {
        guard let work = outcome.afterwards else { return outcome }
        await work()
        var outcome = outcome
        outcome.afterwards = nil
        return outcome
    }

    private func traced<Subject: ExchangeSubject>(
        _ subject: Subject, _ exchange: Exchange, _ body: (Exchange) async -> Outcome
    ) async -> Outcome {
        guard self.isTraced else { return await self.observed(subject, exchange, body) }
        var context = ServiceContext.current ?? .topLevel
        subject.extractTrace(into: &context)
        return await withSpan(subject.spanName, context: context, ofKind: .server) { span in
            if span.isRecording { subject.spanBegan(span) }
            let outcome = await self.observed(subject, exchange, body)
            if span.isRecording {
                if let error = outcome.error {
                    span.recordError(error)
                    span.setStatus(SpanStatus(code: .error))
                }
                subject.spanEnded(span, outcome)
            }
            return outcome
        }
    }

    private func observed<Subject: ExchangeSubject>(
        _ subject: Subject, _ exchange: Exchange, _ body: (Exchange) async -> Outcome
    ) async -> Outcome {
        let start = ContinuousClock.now
        await self.events.emit(RequestReceived(request: exchange.identity(subject.name)))
        let outcome = await body(exchange)
        let duration = ContinuousClock.now - start
        guard Task.isCancelled else {
            await self.ended(subject, exchange, outcome, after: duration)
            return outcome
        }
        // The client has left, which must not cancel the observers.
        await Task { await self.ended(subject, exchange, outcome, after: duration) }.value
        return outcome
    }

    private func ended<Subject: ExchangeSubject>(
        _ subject: Subject, _ exchange: Exchange, _ outcome: Outcome, after duration: Duration
    ) async {
        await self.report(outcome, exchange, subject)
        self.metrics?.requestEnded(took: duration, isComplete: outcome.isComplete)
        await self.events.emit(
            ResponseSent(
                request: exchange.identity(subject.name), status: outcome.status, duration: duration,
                isComplete: outcome.isComplete))
        if let trace = exchange.trace, let inspector {
            inspector.record(
                trace, exchange.identity(subject.name), route: subject.routeSource?.route, outcome, details: subject.details)
        }
    }

    // MARK: Failures

    private func report<Subject: ExchangeSubject>(_ outcome: Outcome, _ exchange: Exchange, _ subject: Subject) async {
        for failure in outcome.failures {
            let metadata = Logger.Metadata.phase(failure.phase, request: subject.name)
            let text = failure.error.typedDescription
            switch failure.fault {
            case .client:
                exchange.logger.info("refused the request: \(text)", metadata: metadata)
            case .cancelled:
                exchange.logger.debug(
                    "the request was cancelled: the client left, or the process is shutting down (\(text))", metadata: metadata)
            case .deadline:
                exchange.logger.warning("\(failure.error)", metadata: metadata)
            case .application:
                let prefix = failure.phase == .streaming ? "the body failed: " : ""
                exchange.logger.error("\(prefix)\(text)", metadata: metadata)
                await self.events.exceptionThrown(
                    failure.error, phase: failure.phase, request: exchange.identity(subject.name),
                    route: subject.routeSource?.route, details: subject.details)
            }
        }
    }
}

extension Exchange {
    /// The identity of the exchange for observers and reports, whose id is rendered on demand.
    package func identity(_ name: String) -> RequestIdentity {
        let id = self.id
        return RequestIdentity(mode: self.mode, name: name) { id.description }
    }
}
