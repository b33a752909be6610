#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// When entries end, within what RoadRunner's drivers support.
///
/// They know whole seconds. The memory driver cuts the rest of the time that is left; an end that is less than a second away is
/// stored as none or ends RoadRunner. So an end is rounded up, and never nearer than two seconds.
enum Expiry {
    static let shortest = Duration.seconds(2)
    /// For the way to RoadRunner: an entry must not end before its time.
    private static let margin = 0.1
    /// RFC 3339 has four digits for the year.
    private static let latest = Date(timeIntervalSince1970: 253_402_300_799)
    /// Stands for never where a driver would keep an older end: 9999-12-31.
    static let never = Self.latest
    /// Entries that end later never end: redis makes 292 years of the end that stands for never.
    private static let longest = 200.0 * 365 * 86_400

    /// - Returns: nil for a time to live that is not one.
    static func date(after timeToLive: Duration, now: Date) -> Date? {
        guard timeToLive > .zero, timeToLive < .seconds(Self.latest.timeIntervalSince1970) else { return nil }
        let (seconds, attoseconds) = max(timeToLive, Self.shortest).components
        let interval = Double(seconds) + Double(attoseconds) * 1e-18
        let date = Date(timeIntervalSince1970: (now.timeIntervalSince1970 + interval + Self.margin).rounded(.up))
        return date < Self.latest ? date : nil
    }

    /// As PHP's client writes it: `2026-11-22T05:00:00+00:00`.
    static func text(_ date: Date) -> String {
        let text = date.formatted(Date.ISO8601FormatStyle(timeZone: .gmt))
        return text.hasSuffix("Z") ? text.dropLast() + "+00:00" : text
    }

    /// Reads RFC 3339, with or without fractions of a second.
    ///
    /// - Returns: nil for what is none, and for what stands for never.
    static func date(_ text: String) -> Date? {
        let style = Date.ISO8601FormatStyle(timeZoneSeparator: .colon)
        let date =
            (try? style.parse(text))
            ?? (try? Date.ISO8601FormatStyle(timeZoneSeparator: .colon, includingFractionalSeconds: true).parse(text))
        guard let date, date < Self.never else { return nil }
        return date
    }

    /// Since 1970.
    static func milliseconds(_ date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded(.down)) ?? .max
    }

    /// Also of an end that is so long ago: RoadRunner's nanoseconds have overflowed then.
    static func isNever(_ date: Date, now: Date) -> Bool { abs(date.timeIntervalSince(now)) > Self.longest }

    static func remaining(until date: Date, now: Date) -> Duration {
        .seconds(max(0, date.timeIntervalSince(now)))
    }
}
