import RoadRunnerConfiguration

/// A duration as RoadRunner's configuration writes it: `60s`, `1h30m`, `500ms`.
enum GoDuration {
    enum Problem: Error, Hashable {
        /// A number without a unit is nanoseconds.
        case nanoseconds(Int)
        case malformed(String)
    }

    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]

    /// Returns a duration in seconds; nil when there is none.
    static func seconds(_ value: ConfigurationValue?) throws(Problem) -> Double? {
        switch value {
        case nil, .null?: return nil
        case .integer(let number)?:
            guard number == 0 || number >= 1_000_000 else { throw .nanoseconds(number) }
            return Double(number) / 1e9
        case .string(let text)?: return try Self.seconds(text)
        case .some: throw .malformed(value?.text ?? "a map or a list")
        }
    }

    private static func seconds(_ text: String) throws(Problem) -> Double {
        var rest = text[...]
        if rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { throw .malformed(text) }
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let factor = Self.units[String(unit)] else { throw .malformed(text) }
            sum += number * factor
        }
        return sum
    }
}
