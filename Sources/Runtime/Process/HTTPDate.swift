#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Formats and parses dates of HTTP (RFC 9110, section 5.6.7), as seconds since 1970.
package enum HTTPDate {
    /// Formats a date as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func format(_ seconds: Int) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day = Self.weekdays[Int(parts.tm_wday) % 7]
        let month = Self.months[Int(parts.tm_mon) % 12]
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(day), \(two(parts.tm_mday)) \(month) \(1900 + parts.tm_year) \(clock) GMT"
    }

    /// Parses this form, and the two older ones that recipients have to accept: `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`.
    ///
    /// - Returns: nil when the text has none of these forms.
    package static func parse(_ text: String) -> Int? {
        guard text.utf8.count <= 40 else { return nil }
        var words = text.split { $0 == " " || $0 == "-" || $0 == "," }
        guard let weekday = words.first, Self.weekdays.contains(String(weekday.prefix(3))) else { return nil }
        words.removeFirst()
        if words.count == 4, Self.months.contains(String(words[0])) {
            // Month, day, time, year.
            words = [words[1], words[0], words[3], words[2], "GMT"]
        }
        guard words.count == 5, words[4] == "GMT", let day = Self.number(words[0], 1...31),
            let month = Self.months.firstIndex(of: String(words[1])), var year = Self.number(words[2], 0...9999)
        else { return nil }
        // Two digits that would be more than 50 years ahead are of the last century.
        if words[2].utf8.count == 2 { year += year < 80 ? 2000 : 1900 }
        let clock = words[3].split(separator: ":")
        guard clock.count == 3, let hour = Self.number(clock[0], 0...23), let minute = Self.number(clock[1], 0...59),
            let second = Self.number(clock[2], 0...60)
        else { return nil }
        var parts = tm()
        parts.tm_year = CInt(year - 1900)
        parts.tm_mon = CInt(month)
        parts.tm_mday = CInt(day)
        parts.tm_hour = CInt(hour)
        parts.tm_min = CInt(minute)
        parts.tm_sec = CInt(second)
        return Int(timegm(&parts))
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
