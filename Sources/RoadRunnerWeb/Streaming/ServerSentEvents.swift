import AsyncAlgorithms
import Goridge
import HTTPTypes
public import Hummingbird
import NIOCore
import RoadRunnerRuntime

extension Double {
    var clampedText: String { String(Int64(min(self, 1e15))) }
}

extension Response {
    /// Responds with server-sent events, until the sequence ends or the client leaves.
    ///
    /// Between events a comment is sent now and then. It keeps proxies from closing the connection, and lets RoadRunner notice
    /// that a client has left: it notices only when it cannot deliver something.
    ///
    /// - Parameters:
    ///   - events: the events to send, each as soon as it arrives; `request.lastEventID` is the last event that a returning
    ///     client received.
    ///   - keepAlive: the longest time without sending anything; nil sends no comments.
    public static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, keepAlive: Duration? = .seconds(15), headers: HTTPFields = [:]
    ) -> Response where Events.Element == ServerSentEvent {
        var headers = headers
        headers[.contentType] = "text/event-stream"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        // Otherwise nginx would buffer the events.
        headers[.xAccelBuffering] = "no"
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
        // Sends the head with a first part of the body, so the client knows that it is connected.
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
            // Half of it, since ticks are not aligned with the last event.
            case .tick where clock.now - last < keepAlive / 2: continue
            case .tick: try await writer.write(Self.comment)
            }
            last = clock.now
        }
    }

    private static var comment: ByteBuffer { ByteBuffer(staticString: ":\n\n") }
}

extension Request {
    /// The value of `Last-Event-ID`: the id of the last event that a client received before it reconnected.
    public var lastEventID: String? { self.headers[.lastEventID] }
}
