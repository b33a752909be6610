extension String {
    /// Creates a string from UTF-8, with U+FFFD for each byte that is not part of a character.
    ///
    /// Swift's own decoding has one U+FFFD for a truncated character, even of several bytes. RoadRunner writes one for each byte,
    /// and a form must have the same values in both modes.
    init(replacingInvalidBytesOf bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let length = Self.characterLength(rest)
            text += length == 0 ? [0xEF, 0xBF, 0xBD] : rest.prefix(length)
            rest = rest.dropFirst(Swift.max(1, length))
        }
        self = String(decoding: text, as: UTF8.self)
    }

    /// The length of the first character; 0 if the bytes do not begin with one (Unicode, table 3-7).
    private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let first = bytes.first else { return 0 }
        var second: ClosedRange<UInt8> = 0x80...0xBF
        let length: Int
        switch first {
        case 0...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        let others = bytes.dropFirst().prefix(length - 1)
        guard others.count == length - 1, let next = others.first, second.contains(next),
            others.dropFirst().allSatisfy({ (0x80...0xBF).contains($0) })
        else { return 0 }
        return length
    }
}
