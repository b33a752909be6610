import HTTPTypes
import Hummingbird
import RoadRunnerRuntime
import Tracing

/// An HTTP request as the subject of an exchange.
struct HTTPSubject: ExchangeSubject {
    let request: Request
    let info: RequestInfo

    var name: String { self.request.summary }
    var routeSource: (any RouteSource)? { self.info.routeSource }
    var details: RequestDetails? {
        var details = self.request.details
        details.origin = (self.info.withState { $0.client } ?? Client(peerOf: self.info)).origin
        return details
    }
    var spanName: String { self.request.method.rawValue }

    func writeName(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var end = buffer.write(self.request.method.rawValue, at: 0)
        end = buffer.write(" ", at: end)
        let target = buffer.write(self.request.head.path ?? "/", at: end)
        // The query may hold secrets, and so may the parameters of the path (`;jsessionid=…`).
        return buffer[end..<target].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: ";") } ?? target
    }

    func extractTrace(into context: inout ServiceContext) {
        let carrier = Carrier(headers: self.request.headers, attributes: self.info.attributes)
        InstrumentationSystem.instrument.extract(carrier, into: &context, using: CarrierExtractor())
    }

    func spanBegan(_ span: any Span) {
        span.attributes["http.request.method"] = self.request.method.rawValue
        span.attributes["url.path"] = Redaction.redacted(path: self.request.uri.path)
        span.attributes["url.scheme"] = self.info.scheme
        span.attributes["server.address"] = self.info.authority
        span.attributes["network.peer.address"] = self.info.remoteAddress
        span.attributes["network.protocol.version"] = String(self.info.protocolVersion.drop { $0 != "/" }.dropFirst())
    }

    func spanEnded(_ span: any Span, _ outcome: Outcome) {
        if let route = self.info.routeSource.route {
            span.operationName = "\(self.request.method.rawValue) \(route)"
            span.attributes["http.route"] = route
        }
        guard let status = outcome.status else { return }
        span.attributes["http.response.status_code"] = status
        if status >= 500 || !outcome.isComplete { span.setStatus(SpanStatus(code: .error)) }
    }
}

/// The sources of a trace's context: the request's headers, and the attributes from RoadRunner's own tracing.
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
