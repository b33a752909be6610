import HTTPTypes
import Hummingbird
import RoadRunnerRuntime
import Tracing

/// Server spans of requests, where the process has a tracer.
struct RequestTracing: Sendable {
    /// Nil where there is no tracer, or where Hummingbird's middleware makes the spans.
    ///
    /// - Parameter content: the application's responder.
    init?(_ content: Any) {
        guard !(InstrumentationSystem.tracer is NoOpTracer), !Self.hasMiddleware(content, depth: 0) else { return nil }
    }

    func withSpan<Result>(_ request: Request, _ info: RequestInfo, _ body: (any Span) async -> Result) async -> Result {
        var context = ServiceContext.current ?? .topLevel
        let carrier = Carrier(headers: request.headers, attributes: info.attributes)
        InstrumentationSystem.instrument.extract(carrier, into: &context, using: CarrierExtractor())
        return await Tracing.withSpan(request.method.rawValue, context: context, ofKind: .server) { span in
            if span.isRecording {
                span.attributes["http.request.method"] = request.method.rawValue
                span.attributes["url.path"] = request.uri.path
                span.attributes["url.scheme"] = info.scheme
                span.attributes["server.address"] = info.authority
                span.attributes["network.peer.address"] = info.remoteAddress
                span.attributes["network.protocol.version"] = String(info.protocolVersion.drop { $0 != "/" }.dropFirst())
            }
            return await body(span)
        }
    }

    func finish(_ span: any Span, _ request: Request, _ info: RequestInfo, _ sending: RequestResponder.Sending) {
        guard span.isRecording else { return }
        if let route = info.routeSource.route {
            span.operationName = "\(request.method.rawValue) \(route)"
            span.attributes["http.route"] = route
        }
        span.attributes["http.response.status_code"] = sending.status
        if let error = info.outcome.error { span.recordError(error) }
        if sending.status >= 500 || !sending.isComplete { span.setStatus(SpanStatus(code: .error)) }
    }

    /// Looks for the middleware in what the responder was made of: there is no other way to know of it.
    private static func hasMiddleware(_ value: Any, depth: Int) -> Bool {
        guard depth < 24 else { return false }
        if String(reflecting: type(of: value)).hasPrefix("Hummingbird.TracingMiddleware<") { return true }
        return Mirror(reflecting: value).children.contains { child in
            // Collections of routes may be long, and all have the same middleware before them.
            Self.hasMiddleware(child.value, depth: depth + 1)
        }
    }
}

/// Where a trace's context may stand: the request's headers, or what RoadRunner's own tracing has attached.
private struct Carrier {
    let headers: HTTPFields
    let attributes: [String: [String]]
}

private struct CarrierExtractor: Extractor {
    func extract(key: String, from carrier: Carrier) -> String? {
        if let name = HTTPField.Name(key), let value = carrier.headers[name] { return value }
        guard !carrier.attributes.isEmpty else { return nil }
        return carrier.attributes.first { $0.key.lowercased() == key.lowercased() }?.value.first
    }
}
