#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Finds the values of keys in JSON text without building anything of it.
enum JSONFieldRewriter {
    struct Malformed: Error, CustomStringConvertible {
        let position: Int
        var description: String { "the JSON is malformed at byte \(self.position)" }
    }

    /// Deeper ones are refused.
    private static let maximumDepth = 128

    /// - Parameter replace: given a key, the key of the object or list around it, and the text of the value; answers the key and the text
    ///   to put in their place, or nil to look inside.
    static func replacing(
        in text: [UInt8], _ replace: (_ key: String, _ parent: String, _ value: ArraySlice<UInt8>) -> (String, [UInt8])?
    ) throws -> [UInt8] {
        var scanner = Scanner(text: text)
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var copied = 0
        // The key under which each open object or list stands, and whether it is an object.
        var stack: [(key: String, isObject: Bool)] = []
        var pendingKey = ""
        while let byte = scanner.peek() {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard stack.count < Self.maximumDepth else { throw Malformed(position: scanner.position) }
                // A list hands the key on to its elements.
                stack.append((pendingKey.isEmpty ? stack.last?.key ?? "" : pendingKey, byte == UInt8(ascii: "{")))
                pendingKey = ""
                scanner.position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard stack.popLast() != nil else { throw Malformed(position: scanner.position) }
                scanner.position += 1
            case UInt8(ascii: "\""):
                let start = scanner.position
                let string = try scanner.string()
                let end = scanner.position
                scanner.skipSpace()
                guard stack.last?.isObject == true, scanner.peek() == UInt8(ascii: ":") else {
                    scanner.position = end
                    pendingKey = ""
                    continue
                }
                scanner.position += 1
                scanner.skipSpace()
                let key = String(decoding: string, as: UTF8.self)
                let valueStart = scanner.position
                try scanner.value()
                let value = text[valueStart..<scanner.position]
                if let (name, replacement) = replace(key, stack.last?.key ?? "", value) {
                    output += text[copied..<start]
                    output += Array("\"\(name)\":".utf8) + replacement
                    copied = scanner.position
                    pendingKey = ""
                } else {
                    scanner.position = valueStart
                    pendingKey = key
                }
            default:
                if byte == UInt8(ascii: ",") { pendingKey = "" }
                scanner.position += 1
            }
        }
        guard stack.isEmpty else { throw Malformed(position: scanner.position) }
        return output + text[copied...]
    }

    /// Whether it is one JSON value.
    static func isValue(_ bytes: [UInt8]) -> Bool {
        (try? JSONDecoder().decode(Anything.self, from: Data(bytes))) != nil
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    private struct Scanner {
        let text: [UInt8]
        var position = 0

        func peek() -> UInt8? { self.position < self.text.count ? self.text[self.position] : nil }

        mutating func skipSpace() {
            while let byte = self.peek(), byte == 0x20 || (0x09...0x0D).contains(byte) { self.position += 1 }
        }

        /// - Returns: what is between the quotation marks, as it is written.
        mutating func string() throws -> ArraySlice<UInt8> {
            self.position += 1
            let start = self.position
            while let byte = self.peek() {
                switch byte {
                case UInt8(ascii: "\\"): self.position += 2
                case UInt8(ascii: "\""):
                    defer { self.position += 1 }
                    return self.text[start..<self.position]
                default: self.position += 1
                }
            }
            throw Malformed(position: start)
        }

        /// Skips one value.
        mutating func value() throws {
            var depth = 0
            let start = self.position
            while let byte = self.peek() {
                switch byte {
                case UInt8(ascii: "\""):
                    _ = try self.string()
                    if depth == 0 { return }
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    self.position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return }
                    depth -= 1
                    self.position += 1
                    if depth == 0 { return }
                case UInt8(ascii: ",") where depth == 0: return
                case 0x20 where depth == 0, 0x09...0x0D where depth == 0:
                    return
                default: self.position += 1
                }
            }
            guard depth == 0, self.position > start, self.position <= self.text.count else { throw Malformed(position: start) }
        }
    }
}

enum Base64 {
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        // JSON may write a slash as `\/`.
        Data(base64Encoded: Data(text.filter { $0 != UInt8(ascii: "\\") })).map { Array($0) }
    }

    static func encode(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(Data(bytes).base64EncodedData()) }
}
