import Goridge

/// Compares, trims and parses external strings by their bytes. Swift's own comparisons consider different strings equal
/// (`"\u{212A}" == "K"`), and its characters merge separators with combining marks after them.
extension StringProtocol {
    /// Whether the bytes are the same.
    package func hasBytes(of other: some StringProtocol) -> Bool { self.utf8.elementsEqual(other.utf8) }

    /// Whether the bytes are the same, ignoring the case of ASCII letters.
    package func hasBytesIgnoringCase(of other: some StringProtocol) -> Bool {
        self.utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// The string with `A` to `Z` in lower case; other characters do not change.
    package var asciiLowercased: String { String(decoding: self.utf8.map(\.asciiLowercased), as: UTF8.self) }

    /// Returns the beginning, for showing strings of any length: a `Character` has no maximum size, a scalar has four bytes at
    /// most.
    package func beginning(_ maximumScalars: Int) -> String {
        guard self.utf8.count > maximumScalars else { return String(self) }
        let scalars = self.unicodeScalars
        return String(
            self[
                ..<(scalars.index(scalars.startIndex, offsetBy: maximumScalars, limitedBy: scalars.endIndex) ?? scalars.endIndex)]
        )
    }

    /// The number that the string spells in digits only; nil for other strings, or if it is too large.
    package var decimalNumber: Int? {
        !self.isEmpty && self.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(self) : nil
    }
}

extension Substring {
    /// The substring without surrounding spaces and tabs, as elements of header lists are meant (RFC 9110, section 5.6.1).
    package var trimmingSpaces: Substring { Substring(self.utf8.trimmingSpaces) }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
