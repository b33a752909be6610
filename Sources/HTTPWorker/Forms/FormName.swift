/// The name of a field, split: `user[tags][]` has the parts `user`, `tags` and an empty one.
///
/// It is read as RoadRunner's `http` plugin reads it (`fetchIndexes`), odd names included: spaces are removed, a bracket always
/// begins a part, and text after a closing bracket is a part as well (`a[b]c` is `a[b][c]`).
struct FormName {
    /// The maximum number of parts. Names with more are dropped, as RoadRunner does.
    static let maximumDepth = 127

    /// The name as it was sent.
    let text: String
    /// The parts as bytes: two names that Swift considers equal strings are two names.
    let parts: [[UInt8]]

    private enum Position { case inside, afterOpening, afterClosing }

    var isTooDeep: Bool { self.parts.count > Self.maximumDepth }

    init(_ bytes: some Collection<UInt8>) {
        self.text = String(replacingInvalidBytesOf: bytes)
        var parts: [[UInt8]] = [[]]
        var position = Position.inside
        for byte in self.text.utf8 {
            switch byte {
            case UInt8(ascii: " "): continue
            case UInt8(ascii: "["): position = .afterOpening
            case UInt8(ascii: "]"):
                if position == .afterOpening { parts.append([]) }
                position = .afterClosing
            default:
                if position != .inside { parts.append([]) }
                parts[parts.endIndex - 1].append(byte)
                position = .inside
            }
            // Names that are nested too deeply are dropped: the rest need not be read.
            if parts.count > Self.maximumDepth { break }
        }
        self.parts = parts
    }
}
