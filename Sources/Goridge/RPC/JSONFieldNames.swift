import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Compares the names of fields in JSON as Go does.
enum JSONFieldNames {
    /// Whether an object names a field twice, or in two spellings that are equal for Go. Go takes the last of them, while other
    /// decoders take the first: a check of one would not see the other.
    static func areAmbiguous(_ json: ByteBuffer) -> Bool {
        let bytes = Array(json.readableBytesView)
        // The names of each object that is open; nil for an array.
        var open: [Set<String>?] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "{"): open.append([])
            case UInt8(ascii: "["): open.append(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: "\""):
                let start = position - 1
                position = Self.endOfText(bytes, from: position)
                guard Self.isName(bytes, before: position), var names = open.last ?? nil else { continue }
                guard names.insert(Self.name(bytes[start..<position])).inserted else { return true }
                open[open.count - 1] = names
            default: break
            }
        }
        return false
    }

    /// - Returns: the position after the closing quote.
    private static func endOfText(_ bytes: [UInt8], from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""): return position + 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return bytes.count
    }

    private static func isName(_ bytes: [UInt8], before position: Int) -> Bool {
        let rest = bytes[position...].drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return rest.first == UInt8(ascii: ":")
    }

    private static func name(_ text: ArraySlice<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "\\")) else {
            return String(decoding: text.dropFirst().dropLast(), as: UTF8.self).goFolded
        }
        let name = try? JSONDecoder().decode(String.self, from: Data(text))
        return (name ?? String(decoding: text, as: UTF8.self)).goFolded
    }
}

extension String {
    /// Folds a field's name as Go does: upper and lower case are equal, and so are the long s and the kelvin sign with their
    /// letters.
    var goFolded: String { self.uppercased().lowercased() }
}
