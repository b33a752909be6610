extension UInt8 {
    /// The byte as two hexadecimal digits, in lower case.
    package var hexadecimal: String { (self < 0x10 ? "0" : "") + String(self, radix: 16) }
}
