import HTTPWorker
import AsyncAlgorithms
import Goridge
import HTTPTypes
public import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Double {
    var clampedText: String { String(Int64(min(self, 1e15))) }
}

extension Response {
    /// Answers with server-sent events, until the sequence ends or the client leaves.
    ///
    /// While there are no events a comment is sent now and then. It keeps proxies from closing the connection, and it is how
    /// RoadRunner notices that a client has left: it does when it cannot deliver something.
    ///
    /// - Parameters:
    ///   - events: what to send. Each is sent when it is there; `request.lastEventID` is where a client has left off.
    ///   - keepAlive: how long nothing may be sent; nil sends no comments.
    public static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, keepAlive: Duration? = .seconds(15), headers: HTTPFields = [:]
    ) -> Response where Events.Element == ServerSentEvent {
        var headers = headers
        headers[.contentType] = "text/event-stream"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        // nginx would gather the events otherwise.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                if let keepAlive {
                    try await Self.write(events, keepAlive: max(keepAlive.clamped(), .milliseconds(10)), &writer)
                } else {
                    for try await event in events { try await writer.write(event.encoded) }
                }
                try Task.checkCancellation()
                try await writer.finish(nil)
            })
    }

    private enum Beat: Sendable {
        case event(ServerSentEvent)
        case tick
        case end
    }

    @concurrent
    private static func write<Events: AsyncSequence & Sendable>(
        _ events: Events, keepAlive: Duration, _ writer: inout any ResponseBodyWriter
    ) async throws where Events.Element == ServerSentEvent {
        // The head and something of the body, so that the client knows that it is connected.
        try await writer.write(Self.comment)
        let clock = ContinuousClock()
        var last = clock.now
        let beats = merge(
            chain(events.map { Beat.event($0) }, [Beat.end].async),
            AsyncTimerSequence(interval: keepAlive, clock: clock).map { _ in Beat.tick })
        for try await beat in beats {
            switch beat {
            case .end: return
            case .event(let event): try await writer.write(event.encoded)
            // Half of it, since the ticks do not begin with the last event.
            case .tick where clock.now - last < keepAlive / 2: continue
            case .tick: try await writer.write(Self.comment)
            }
            last = clock.now
        }
    }

    private static var comment: ByteBuffer { ByteBuffer(staticString: ":\n\n") }
}

extension Request {
    /// `Last-Event-ID`: the id of the last event that a client has seen before it connected again.
    public var lastEventID: String? { HTTPField.Name("Last-Event-ID").flatMap { self.headers[$0] } }
}
