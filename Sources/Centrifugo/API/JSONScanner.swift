#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Scans JSON text, exactly by RFC 8259.
struct JSONScanner {
    struct Malformed: Error, CustomStringConvertible {
        let position: Int
        var description: String { "the JSON is malformed at byte \(self.position)" }
    }

    /// Deeper nesting is malformed.
    private static let maximumDepth = 512

    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) { self.text = text }

    /// Whether the bytes are exactly one JSON value.
    static func isValue(_ bytes: [UInt8]) -> Bool {
        var scanner = JSONScanner(text: bytes)
        scanner.skipSpace()
        guard (try? scanner.value()) != nil else { return false }
        scanner.skipSpace()
        return scanner.position == bytes.count && String(validating: bytes, as: UTF8.self) != nil
    }

    func peek() -> UInt8? { self.position < self.text.count ? self.text[self.position] : nil }

    mutating func skipSpace() {
        while let byte = self.peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { self.position += 1 }
    }

    /// - Returns: whether the next byte was this one.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard self.peek() == byte else { return false }
        self.position += 1
        return true
    }

    mutating func require(_ byte: UInt8) throws(Malformed) {
        guard self.skip(byte) else { throw Malformed(position: self.position) }
    }

    /// Reads a key, and skips to its value.
    mutating func key() throws(Malformed) -> String {
        let start = self.position
        let isPlain = try self.string()
        let text = self.text[start..<self.position]
        self.skipSpace()
        try self.require(UInt8(ascii: ":"))
        self.skipSpace()
        // Escapes allow the same key to be written in many ways.
        if !isPlain, let key = try? JSONDecoder().decode(String.self, from: Data(text)) { return key }
        return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }

    /// Skips one value.
    mutating func value() throws(Malformed) {
        // Whether each open container is an object.
        var open: [Bool] = []
        repeat {
            self.skipSpace()
            switch self.peek() {
            case UInt8(ascii: "{"):
                self.position += 1
                self.skipSpace()
                if !self.skip(UInt8(ascii: "}")) {
                    open.append(true)
                    _ = try self.key()
                    guard open.count <= Self.maximumDepth else { throw Malformed(position: self.position) }
                    continue
                }
            case UInt8(ascii: "["):
                self.position += 1
                self.skipSpace()
                if !self.skip(UInt8(ascii: "]")) {
                    open.append(false)
                    guard open.count <= Self.maximumDepth else { throw Malformed(position: self.position) }
                    continue
                }
            case UInt8(ascii: "\""): _ = try self.string()
            case UInt8(ascii: "t"): try self.word("true")
            case UInt8(ascii: "f"): try self.word("false")
            case UInt8(ascii: "n"): try self.word("null")
            default: try self.number()
            }
            try self.close(&open)
        } while !open.isEmpty
    }

    /// Closes the containers that end after a value, and skips to the next value if there is one.
    private mutating func close(_ open: inout [Bool]) throws(Malformed) {
        while let isObject = open.last {
            self.skipSpace()
            if self.skip(UInt8(ascii: ",")) {
                self.skipSpace()
                if isObject { _ = try self.key() }
                return
            }
            try self.require(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            open.removeLast()
        }
    }

    /// - Returns: whether it is written without escapes.
    private mutating func string() throws(Malformed) -> Bool {
        try self.require(UInt8(ascii: "\""))
        var isPlain = true
        while let byte = self.peek(), byte >= 0x20 {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return isPlain
            case UInt8(ascii: "\\"):
                isPlain = false
                try self.escape()
            default: break
            }
        }
        throw Malformed(position: self.position)
    }

    private mutating func escape() throws(Malformed) {
        guard let byte = self.peek() else { throw Malformed(position: self.position) }
        self.position += 1
        if "\"\\/bfnrt".utf8.contains(byte) { return }
        guard byte == UInt8(ascii: "u") else { throw Malformed(position: self.position) }
        for _ in 0..<4 {
            guard let digit = self.peek(), Self.isHexadecimal(digit) else { throw Malformed(position: self.position) }
            self.position += 1
        }
    }

    private mutating func word(_ word: String) throws(Malformed) {
        for byte in word.utf8 { try self.require(byte) }
    }

    private mutating func number() throws(Malformed) {
        _ = self.skip(UInt8(ascii: "-"))
        if !self.skip(UInt8(ascii: "0")) { try self.digits() }
        if self.skip(UInt8(ascii: ".")) { try self.digits() }
        guard self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) else { return }
        if !self.skip(UInt8(ascii: "+")) { _ = self.skip(UInt8(ascii: "-")) }
        try self.digits()
    }

    /// Skips digits, at least one.
    private mutating func digits() throws(Malformed) {
        let start = self.position
        while let byte = self.peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
        guard self.position > start else { throw Malformed(position: start) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
