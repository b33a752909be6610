/// The name of a field, taken apart: `user[tags][]` has the parts `user`, `tags` and an empty one.
///
/// It is read as RoadRunner's `http` plugin reads it (`fetchIndexes`), odd names included: spaces are left out, a bracket begins a part
/// wherever it stands, and what follows a closing one is a part as well (`a[b]c` is `a[b][c]`).
struct FormName {
    /// Names of more parts are dropped, by RoadRunner as well.
    static let maximumDepth = 127

    /// As it was sent.
    let text: String
    /// Bytes: two names that Swift takes for the same text are two names.
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
            // Names that are nested too deeply are dropped: no need to look at the rest.
            if parts.count > Self.maximumDepth { break }
        }
        self.parts = parts
    }
}
