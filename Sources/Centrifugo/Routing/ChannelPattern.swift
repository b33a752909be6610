/// A name in which each `*` stands for any characters, or none.
struct ChannelPattern: Sendable, Hashable {
    private let parts: [[UInt8]]

    /// - Returns: nil for an exact name.
    init?(_ text: String) {
        guard text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        self.parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether a name matches. Takes time proportional to the name's length times the pattern's, since names come from clients.
    func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        guard let first = self.parts.first, let last = self.parts.last, rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        for part in self.parts.dropFirst().dropLast() {
            guard let start = Self.find(part, in: rest) else { return false }
            rest = rest[(start + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    private static func find(_ part: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard !part.isEmpty else { return text.startIndex }
        guard text.count >= part.count else { return nil }
        return (text.startIndex...(text.endIndex - part.count)).first { text[$0...].starts(with: part) }
    }
}
