import HTTPTypes

/// The length of the body that the head of a response announces.
struct AnnouncedLength: Sendable {
    enum Value: Sendable, Hashable {
        case none
        /// A number. `isAsWritten`: it can be sent unchanged, unlike repeated lines or leading zeros.
        case number(isAsWritten: Bool, Int)
        case invalid(String)
    }

    let value: Value
    /// Whether the head names trailers.
    let hasTrailers: Bool

    init(_ value: Value, hasTrailers: Bool = false) {
        self.value = value
        self.hasTrailers = hasTrailers
    }

    init(_ headers: HTTPFields) {
        var value = Value.none
        var hasTrailers = false
        for field in headers {
            // Comparing lengths is faster than comparing names.
            switch field.name.canonicalName.utf8.count {
            case 14 where field.name == .contentLength: value = Self.combined(value, Self.read(field.value), field.value)
            case 7 where field.name == .trailer: hasTrailers = true
            default: continue
            }
        }
        self.init(value, hasTrailers: hasTrailers)
    }

    var number: Int? { if case .number(_, let number) = self.value { number } else { nil } }

    private static func combined(_ first: Value, _ second: Value, _ text: String) -> Value {
        switch (first, second) {
        case (.none, _): second
        case (.number(_, let number), .number(_, let second)) where number == second: .number(isAsWritten: false, number)
        case (.number, _), (.invalid, _): .invalid(text)
        }
    }

    /// Accepts only digits: Swift would accept `+5` as well.
    private static func read(_ text: String) -> Value {
        var number = 0
        guard !text.isEmpty else { return .invalid(text) }
        for byte in text.utf8 {
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), !isTooLarge else { return .invalid(text) }
            let (sum, overflows) = product.addingReportingOverflow(Int(byte &- UInt8(ascii: "0")))
            guard !overflows else { return .invalid(text) }
            number = sum
        }
        return .number(isAsWritten: text.utf8.first != UInt8(ascii: "0") || text.utf8.count == 1, number)
    }
}
