/// The dates of cookies, in all forms in use (RFC 6265, section 5.1.1).
enum CookieDate {
    /// - Returns: seconds since 1970; nil for a malformed date.
    static func parse(_ text: [UInt8]) -> Double? {
        var (time, day, month, year): ((Int, Int, Int)?, Int?, Int?, Int?) = (nil, nil, nil, nil)
        for token in text.split(whereSeparator: Self.isDelimiter) {
            if time == nil, let found = Self.time(token) {
                time = found
            } else if day == nil, let found = Self.number(token, 1...2) {
                day = found
            } else if month == nil, let found = Self.month(token) {
                month = found
            } else if year == nil, let found = Self.number(token, 2...4) {
                year = found < 70 ? found + 2000 : found < 100 ? found + 1900 : found
            }
        }
        guard let time, let day, let month, let year, (1...31).contains(day), year >= 1601, time.0 < 24, time.1 < 60, time.2 < 60
        else { return nil }
        return Double(Self.days(year, month, day) * 86_400 + time.0 * 3600 + time.1 * 60 + time.2)
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func time(_ token: ArraySlice<UInt8>) -> (Int, Int, Int)? {
        let fields = token.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count == 3, let hour = Self.number(fields[0], 1...2), let minute = Self.number(fields[1], 1...2),
            let second = Self.number(fields[2], 1...2)
        else { return nil }
        return (hour, minute, second)
    }

    private static func number(_ token: ArraySlice<UInt8>, _ digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(token.count), token.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: token, as: UTF8.self))
    }

    private static func month(_ token: ArraySlice<UInt8>) -> Int? {
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let beginning = token.prefix(3).map { $0 | 0x20 }
        return names.firstIndex { beginning.elementsEqual($0.utf8) }.map { $0 + 1 }
    }

    /// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
