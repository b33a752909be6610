import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One event of a stream of server-sent events (HTML Living Standard, section 9.2).
public struct ServerSentEvent: Sendable, Hashable {
    /// The data of the event. It may have several lines.
    public var data: String
    /// The event's type; `message` if it has none. Line breaks in it become spaces.
    public var event: String?
    /// The id that a client sends as `Last-Event-ID` when it reconnects. Line breaks in it become spaces, zero bytes are removed.
    public var id: String?
    /// How long a client waits before it reconnects. Rounded to milliseconds.
    public var retry: Duration?

    /// Creates an event.
    public init(data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// Creates an event whose data is a value, as JSON.
    ///
    /// - Throws: `EncodingError`.
    public init(json value: some Encodable, event: String? = nil, id: String? = nil, retry: Duration? = nil) throws {
        let data = try Response.defaultJSONEncoder().encode(value)
        self.init(data: String(decoding: data, as: UTF8.self), event: event, id: id, retry: retry)
    }

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(Self.line(id))\n") }
        if let event { buffer.writeString("event: \(Self.line(event))\n") }
        if let retry { buffer.writeString("retry: \(max(0, retry / .milliseconds(1)).rounded().clampedText)\n") }
        for line in Self.lines(self.data) { buffer.writeString("data: \(line)\n") }
        buffer.writeStaticString("\n")
        return buffer
    }

    /// A line of the stream ends with any of the three line breaks.
    private static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    }

    private static func line(_ text: String) -> String {
        Self.lines(text.filter { $0 != "\0" }).joined(separator: " ")
    }
}
