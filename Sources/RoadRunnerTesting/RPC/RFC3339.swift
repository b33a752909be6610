#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Times in the kv plugin's format. Source: RFC 3339, as Go's `time.RFC3339` reads it.
enum RFC3339 {
    static func date(_ text: String) -> Date? {
        guard !text.utf8.contains(UInt8(ascii: "t")), !text.utf8.contains(UInt8(ascii: "z")) else { return nil }
        let style = Date.ISO8601FormatStyle(timeZoneSeparator: .colon)
        return (try? style.parse(text))
            ?? (try? style.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .colon).parse(text))
    }
}
