/// RoadRunner's expansion of `$NAME`, `${NAME}` and `${NAME:-default}` in the values of its configuration.
///
/// It follows RoadRunner exactly, odd cases included, so both sides read the same value:
/// * an empty variable counts as missing;
/// * `${A:-B:-C}` empties the whole value, and so does a reference without default next to one with a default;
/// * `${` without its `}` is dropped, `${}` as well; `$` before anything that is not a name stays;
/// * `$1`, `$*` and the like are empty, as they have a meaning only in shells.
public enum VariableExpansion {
    /// Expands the variables in a string.
    ///
    /// - Parameter lookUp: returns the value of a variable, nil or empty when there is none.
    public static func expand(_ text: String, _ lookUp: (String) -> String?) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(UInt8(ascii: "$")) else { return text }
        let hasDefault = Self.splitAtDefault(bytes[...]).count > 1
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                output.append(bytes[index])
                index += 1
                continue
            }
            let reference = Self.reference(in: bytes[(index + 1)...])
            switch reference.name {
            case .none where reference.width == 0:
                output.append(bytes[index])
            case .none:
                break
            case .some(let name):
                guard hasDefault else {
                    output += (lookUp(String(decoding: name, as: UTF8.self)) ?? "").utf8
                    break
                }
                let parts = Self.splitAtDefault(name)
                guard parts.count == 2 else { return "" }
                let value = lookUp(String(decoding: parts[0], as: UTF8.self)) ?? ""
                output += value.isEmpty ? Array(parts[1]) : Array(value.utf8)
            }
            index += 1 + reference.width
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The name that follows a `$`, and the number of bytes that it takes.
    private static func reference(in rest: ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>?, width: Int) {
        guard let first = rest.first else { return (nil, 0) }
        if first == UInt8(ascii: "{") {
            let inside = rest.dropFirst()
            guard let close = inside.firstIndex(of: UInt8(ascii: "}")) else { return (nil, 1) }
            return close == inside.startIndex ? (nil, 2) : (inside[..<close], close - rest.startIndex + 1)
        }
        if Self.isSpecial(first) { return (rest.prefix(1), 1) }
        let name = rest.prefix(while: Self.isNameByte)
        return name.isEmpty ? (nil, 0) : (name, name.count)
    }

    /// Splits at each `:-`.
    private static func splitAtDefault(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var index = start
        while index + 1 < bytes.endIndex {
            if bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "-") {
                parts.append(bytes[start..<index])
                index += 2
                start = index
            } else {
                index += 1
            }
        }
        return parts + [bytes[start...]]
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        "*#$@!?-".utf8.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
