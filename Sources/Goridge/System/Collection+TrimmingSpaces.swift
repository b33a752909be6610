extension BidirectionalCollection<UInt8> {
    /// The bytes without surrounding spaces and tabs, as elements of header lists are meant (RFC 9110, section 5.6.1).
    @inlinable package var trimmingSpaces: SubSequence {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = self.firstIndex { !isSpace($0) } ?? self.endIndex
        let end = self[start...].lastIndex { !isSpace($0) }.map { self.index(after: $0) } ?? start
        return self[start..<end]
    }
}
