/// The value of a YAML scalar without quotes. Source: RoadRunner's YAML library, yaml.v3.
///
/// There, `yes` and `on` are strings, `0777` and `0o777` octal, `1_000` is a number and `1:30` a string. Dates stay strings here.
enum PlainScalar {
    static func value(_ text: String) -> ConfigurationValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        default: return Self.number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> ConfigurationValue? {
        guard let first = text.utf8.first else { return nil }
        switch first {
        case UInt8(ascii: "."): return Self.decimal(text)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let digits = text.filter { $0 != "_" }
            return Self.integer(digits) ?? Self.decimal(digits)
        default: return nil
        }
    }

    private static func integer(_ text: String) -> ConfigurationValue? {
        var digits = Substring(text)
        let sign = digits.first.flatMap { $0 == "-" || $0 == "+" ? $0 : nil }
        if sign != nil { digits = digits.dropFirst() }
        var radix = 10
        if digits.first == "0", digits.utf8.count > 1 {
            let prefixes: [Character: Int] = ["x": 16, "X": 16, "b": 2, "B": 2, "o": 8, "O": 8]
            let prefix = digits.dropFirst().first.flatMap { prefixes[$0] }
            radix = prefix ?? 8
            digits = digits.dropFirst(prefix == nil ? 1 : 2)
        }
        guard let first = digits.first, first != "-", first != "+" else { return nil }
        if let number = Int((sign == "-" ? "-" : "") + digits, radix: radix) { return .integer(number) }
        // yaml.v3 reads larger ones as unsigned integers.
        guard sign == nil, let number = UInt64(digits, radix: radix) else { return nil }
        return .number(Double(number))
    }

    /// Digits, with a point before, between or after them, and an exponent.
    private static func decimal(_ text: String) -> ConfigurationValue? {
        var rest = Substring(text)
        func dropDigits() -> Int {
            let count = rest.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        var count = dropDigits()
        if rest.first == "." {
            rest = rest.dropFirst()
            count += dropDigits()
        }
        guard count > 0 else { return nil }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            guard dropDigits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text.last == "." ? String(text.dropLast()) : text), number.isFinite else {
            return nil
        }
        return .number(number)
    }
}
