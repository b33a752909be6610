#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A decimal number as HTML writes it (`<input type="number">`): `-12`, `.5`, `1e3`. No other notation, and no infinities.
struct FormNumber {
    /// The length of the longest number that is read.
    private static let maximumBytes = 1000

    private let text: String
    private let isNegative: Bool
    /// The digits before and after the point, without leading zeros.
    private let digits: [UInt8]
    /// The number of zeros after the digits; negative for a point within.
    private let exponent: Int

    init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        var rest = Array(text.utf8)[...]
        self.text = text
        self.isNegative = rest.first == UInt8(ascii: "-")
        if self.isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = Self.takeDigits(&rest)
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = Self.takeDigits(&rest)
            guard !fraction.isEmpty else { return nil }
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            let isNegative = rest.first == UInt8(ascii: "-")
            if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let digits = Self.takeDigits(&rest)
            guard !digits.isEmpty else { return nil }
            // An Int has room for any eight digits; an exponent with more is out of range for every type.
            let size = Int(String(decoding: digits.drop { $0 == UInt8(ascii: "0") }.prefix(8), as: UTF8.self)) ?? 0
            exponent = isNegative ? -size : size
        }
        guard rest.isEmpty else { return nil }
        self.digits = Array((whole + fraction).drop { $0 == UInt8(ascii: "0") })
        self.exponent = exponent - fraction.count
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return Array(digits)
    }

    /// The number without point and exponent; nil if it is not whole, or has more digits than any type holds.
    private var wholeDigits: String? {
        var digits = self.digits
        var exponent = self.exponent
        while exponent < 0, digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        guard !digits.isEmpty else { return "0" }
        guard exponent >= 0, digits.count + exponent <= 40 else { return nil }
        return (self.isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: exponent)
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? { self.wholeDigits.flatMap { Value($0) } }

    /// - Returns: nil if it is too large.
    func floatingPoint<Value: BinaryFloatingPoint & LosslessStringConvertible>(_ type: Value.Type) -> Value? {
        Value(self.text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// - Returns: nil if it is too large.
    var decimal: Decimal? { Decimal(string: self.text).flatMap { $0.isNaN ? nil : $0 } }
}
