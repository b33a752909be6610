#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A date, a time or both, as HTML's inputs send them (`date`, `datetime-local`, `month`, `week`, `time`), or with a zone (ISO 8601).
struct FormDate {
    private var year = 1970
    private var month = 1
    private var day = 1
    private var week: Int?
    private var secondOfDay = 0
    private var nanosecond = 0
    /// The offset east of UTC.
    private var zoneOffset: Int?
    private var hasTime = false
    private var hasMonth = false
    private var hasDay = false

    init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var reader = Reader(rest: Array(text.utf8)[...])
        if text.utf8.dropFirst(2).first == UInt8(ascii: ":") {
            guard self.readTime(&reader), reader.isAtEnd else { return nil }
            return
        }
        guard let year = reader.number(digits: 4...6), year > 0, reader.skip("-") else { return nil }
        self.year = year
        if reader.skip("W") {
            guard let week = reader.number(digits: 2...2), (1...Self.weeks(inYear: year)).contains(week), reader.isAtEnd else {
                return nil
            }
            self.week = week
            return
        }
        guard let month = reader.number(digits: 2...2), (1...12).contains(month) else { return nil }
        self.month = month
        self.hasMonth = true
        if reader.isAtEnd { return }
        guard reader.skip("-"), let day = reader.number(digits: 2...2), day >= 1,
            day <= Self.days(inMonth: month, ofYear: year)
        else { return nil }
        self.day = day
        self.hasDay = true
        if reader.isAtEnd { return }
        guard reader.skip("T") || reader.skip("t") || reader.skip(" "), self.readTime(&reader), self.readZone(&reader) else {
            return nil
        }
    }

    private mutating func readTime(_ reader: inout Reader) -> Bool {
        guard let hour = reader.number(digits: 2...2), hour < 24, reader.skip(":"), let minute = reader.number(digits: 2...2),
            minute < 60
        else { return false }
        self.hasTime = true
        self.secondOfDay = hour * 3600 + minute * 60
        guard reader.skip(":") else { return true }
        guard let second = reader.number(digits: 2...2), second < 60 else { return false }
        self.secondOfDay += second
        guard reader.skip(".") else { return true }
        guard let nanosecond = reader.fraction() else { return false }
        self.nanosecond = nanosecond
        return true
    }

    /// - Returns: false when there is something after the zone, or in its place.
    private mutating func readZone(_ reader: inout Reader) -> Bool {
        if reader.isAtEnd { return true }
        if reader.skip("Z") || reader.skip("z") {
            self.zoneOffset = 0
            return reader.isAtEnd
        }
        let isEast = reader.skip("+")
        guard isEast || reader.skip("-"), let hours = reader.number(digits: 2...2), hours < 24 else { return false }
        _ = reader.skip(":")
        guard let minutes = reader.number(digits: 2...2), minutes < 60 else { return false }
        self.zoneOffset = (isEast ? 1 : -1) * (hours * 3600 + minutes * 60)
        return reader.isAtEnd
    }

    // MARK: Values

    /// The first moment of what is written, in UTC if there is no zone.
    var date: Date {
        let days =
            if let week {
                Self.firstMonday(ofYear: self.year) + (week - 1) * 7
            } else {
                Self.days(before: self.day, self.month, self.year)
            }
        let seconds = days * 86_400 + self.secondOfDay - (self.zoneOffset ?? 0)
        return Date(timeIntervalSince1970: Double(seconds) + Double(self.nanosecond) / 1e9)
    }

    /// The components that are written, and no others.
    var components: DateComponents {
        var components = DateComponents()
        if let week {
            (components.yearForWeekOfYear, components.weekOfYear) = (self.year, week)
            return components
        }
        if self.hasMonth { (components.year, components.month) = (self.year, self.month) }
        if self.hasDay { components.day = self.day }
        if self.hasTime {
            components.hour = self.secondOfDay / 3600
            components.minute = self.secondOfDay / 60 % 60
            components.second = self.secondOfDay % 60
            components.nanosecond = self.nanosecond
        }
        if let zoneOffset { components.timeZone = TimeZone(secondsFromGMT: zoneOffset) }
        return components
    }

    // MARK: The calendar

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(inMonth month: Int, ofYear year: Int) -> Int {
        switch month {
        case 2: Self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The days since 1 January 1970, negative before it.
    private static func days(before day: Int, _ month: Int, _ year: Int) -> Int {
        let before = year - 1
        let years = before * 365 + before / 4 - before / 100 + before / 400
        let months = (1..<month).reduce(0) { $0 + Self.days(inMonth: $1, ofYear: year) }
        return years + months + day - 1 - 719_162
    }

    /// The Monday of the week with 4 January, in days since 1 January 1970, a Thursday.
    private static func firstMonday(ofYear year: Int) -> Int {
        let fourth = Self.days(before: 4, 1, year)
        return fourth - ((fourth + 3) % 7 + 7) % 7
    }

    private static func weeks(inYear year: Int) -> Int {
        (Self.firstMonday(ofYear: year + 1) - Self.firstMonday(ofYear: year)) / 7
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        var isAtEnd: Bool { self.rest.isEmpty }

        mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
            guard self.rest.first == UInt8(ascii: scalar) else { return false }
            self.rest.removeFirst()
            return true
        }

        private mutating func digits() -> ArraySlice<UInt8> {
            let digits = self.rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            self.rest = self.rest[digits.endIndex...]
            return digits
        }

        mutating func number(digits count: ClosedRange<Int>) -> Int? {
            // Zones may be written without a colon.
            let digits = self.rest.prefix(count.upperBound).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard count.contains(digits.count) else { return nil }
            self.rest = self.rest[digits.endIndex...]
            return Int(String(decoding: digits, as: UTF8.self))
        }

        /// Reads a fraction of a second, in nanoseconds.
        mutating func fraction() -> Int? {
            let digits = self.digits()
            guard !digits.isEmpty else { return nil }
            let nine = digits.prefix(9) + Array(repeating: UInt8(ascii: "0"), count: max(0, 9 - digits.count))
            return Int(String(decoding: nine, as: UTF8.self))
        }
    }
}
