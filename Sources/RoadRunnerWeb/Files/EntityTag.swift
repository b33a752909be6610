/// An entity tag: `"v1"`, or `W/"v1"` (RFC 9110, section 8.8.3).
struct EntityTag {
    let isWeak: Bool
    /// The bytes between the quotes.
    private let opaque: Substring.UTF8View

    /// - Returns: nil for a malformed tag.
    init?(_ text: some StringProtocol) {
        var bytes = Substring(text).utf8
        self.isWeak = bytes.starts(with: "W/".utf8)
        if self.isWeak { bytes = bytes.dropFirst(2) }
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else { return nil }
        self.opaque = bytes.dropFirst().dropLast()
        guard self.opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }) else { return nil }
    }

    /// Whether both stand for the same bytes: neither is weak.
    func matchesStrongly(_ other: EntityTag) -> Bool { !self.isWeak && !other.isWeak && self.matchesWeakly(other) }

    /// Whether both stand for the same content, even if the bytes differ.
    func matchesWeakly(_ other: EntityTag) -> Bool { self.opaque.elementsEqual(other.opaque) }
}
