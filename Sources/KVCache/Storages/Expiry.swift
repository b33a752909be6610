#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The expiry of entries, within the limits of RoadRunner's drivers.
///
/// Drivers use whole seconds. The memory driver truncates the remaining time; an expiry less than a second ahead is stored as none,
/// or crashes RoadRunner. So an expiry is rounded up, and at least two seconds ahead.
enum Expiry {
    static let shortest = Duration.seconds(2)
    /// An allowance for the way to RoadRunner: an entry must not expire early.
    private static let margin = 0.1
    /// The last second that RFC 3339 can write, with its four digits for the year.
    private static let latest = Date(timeIntervalSince1970: 253_402_300_799)
    /// Stands for never where a driver would otherwise keep an older expiry: 9999-12-31.
    static let never = Self.latest
    /// Entries with a later expiry never expire: redis turns the expiry that stands for never into 292 years.
    private static let longest = 200.0 * 365 * 86_400

    /// - Returns: nil for an invalid time to live.
    static func date(after timeToLive: Duration, now: Date) -> Date? {
        guard timeToLive > .zero, timeToLive < .seconds(Self.latest.timeIntervalSince1970) else { return nil }
        let (seconds, attoseconds) = max(timeToLive, Self.shortest).components
        let interval = Double(seconds) + Double(attoseconds) * 1e-18
        let date = Date(timeIntervalSince1970: (now.timeIntervalSince1970 + interval + Self.margin).rounded(.up))
        return date < Self.latest ? date : nil
    }

    /// Formats a date as PHP's client does: `2026-11-22T05:00:00+00:00`.
    static func text(_ date: Date) -> String {
        let text = date.formatted(Date.ISO8601FormatStyle(timeZone: .gmt))
        return text.hasSuffix("Z") ? text.dropLast() + "+00:00" : text
    }

    /// Reads RFC 3339, with or without fractions of a second.
    ///
    /// - Returns: nil for malformed text, and for the date that stands for never.
    static func date(_ text: String) -> Date? {
        let style = Date.ISO8601FormatStyle(timeZoneSeparator: .colon)
        let date =
            (try? style.parse(text))
            ?? (try? Date.ISO8601FormatStyle(timeZoneSeparator: .colon, includingFractionalSeconds: true).parse(text))
        guard let date, date < Self.never else { return nil }
        return date
    }

    /// The milliseconds from 1970 to `date`.
    static func milliseconds(_ date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded(.down)) ?? .max
    }

    /// Whether `date` stands for never. So does one long ago: RoadRunner's nanoseconds overflowed.
    static func isNever(_ date: Date, now: Date) -> Bool { abs(date.timeIntervalSince(now)) > Self.longest }

    static func remaining(until date: Date, now: Date) -> Duration {
        .seconds(max(0, date.timeIntervalSince(now)))
    }
}
