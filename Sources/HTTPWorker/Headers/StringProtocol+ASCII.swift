/// Compares, trims and reads texts from outside by their bytes. Swift's own characters and comparisons take different texts for
/// the same (`"\u{212A}" == "K"`), and separators with a combining mark after them for something else.
extension StringProtocol {
    /// Whether the bytes are the same.
    package func hasBytes(of other: some StringProtocol) -> Bool { self.utf8.elementsEqual(other.utf8) }

    /// Whether the bytes are the same, `A` to `Z` being `a` to `z`.
    package func hasBytesIgnoringCase(of other: some StringProtocol) -> Bool {
        self.utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// With `a` to `z` for `A` to `Z`; nothing else changes.
    package var asciiLowercased: String { String(decoding: self.utf8.map(\.asciiLowercased), as: UTF8.self) }

    /// The beginning, for where texts of any length are shown: a `Character` has no largest size, a scalar has four bytes at most.
    package func beginning(_ maximumScalars: Int) -> String {
        guard self.utf8.count > maximumScalars else { return String(self) }
        let scalars = self.unicodeScalars
        return String(
            self[
                ..<(scalars.index(scalars.startIndex, offsetBy: maximumScalars, limitedBy: scalars.endIndex) ?? scalars.endIndex)]
        )
    }

    /// The number that the text writes with nothing but digits; nil where it does not, or where it is too large.
    package var decimalNumber: Int? {
        !self.isEmpty && self.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(self) : nil
    }
}

extension Substring {
    /// Without the spaces and tabs around it, as elements of header lists are meant (RFC 9110, section 5.6.1).
    package var trimmingSpaces: Substring {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = self.utf8.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return Substring(bytes)
    }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
