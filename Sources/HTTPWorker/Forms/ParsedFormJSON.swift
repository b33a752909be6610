/// Parses the JSON that RoadRunner writes: strings, whole numbers, lists and objects.
struct ParsedFormJSON {
    enum Value {
        case string(String)
        case number(Int)
        case array([Value])
        case object([(name: String, value: Value)])
    }

    /// RoadRunner nests no deeper; input from another source must not cause endless recursion. Files are one level more.
    private static let maximumDepth = FormName.maximumDepth + 1

    private let bytes: [UInt8]
    private var index = 0

    /// - Returns: nil for anything else.
    static func read(_ bytes: [UInt8]) -> Value? {
        var reader = ParsedFormJSON(bytes: bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpaces()
        return reader.index == bytes.endIndex ? value : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { self.index < self.bytes.endIndex ? self.bytes[self.index] : nil }

    private mutating func skipSpaces() {
        while let byte = self.next, byte == 0x20 || (0x09...0x0D).contains(byte) { self.index += 1 }
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        self.skipSpaces()
        guard self.next == UInt8(ascii: scalar) else { return false }
        self.index += 1
        return true
    }

    private mutating func value(depth: Int) -> Value? {
        guard depth <= Self.maximumDepth else { return nil }
        if self.skip("\"") { return self.text().map { .string($0) } }
        if self.skip("[") { return self.array(depth) }
        if self.skip("{") { return self.object(depth) }
        let digits = self.bytes[self.index...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        self.index = digits.endIndex
        return String(decoding: digits, as: UTF8.self).decimalNumber.map { .number($0) }
    }

    private mutating func array(_ depth: Int) -> Value? {
        var elements: [Value] = []
        if self.skip("]") { return .array([]) }
        while true {
            guard let element = self.value(depth: depth + 1) else { return nil }
            elements.append(element)
            if self.skip("]") { return .array(elements) }
            guard self.skip(",") else { return nil }
        }
    }

    private mutating func object(_ depth: Int) -> Value? {
        var entries: [(name: String, value: Value)] = []
        if self.skip("}") { return .object([]) }
        while true {
            guard self.skip("\""), let name = self.text(), self.skip(":"), let value = self.value(depth: depth + 1) else {
                return nil
            }
            entries.append((name, value))
            if self.skip("}") { return .object(entries) }
            guard self.skip(",") else { return nil }
        }
    }

    /// Reads a string, after its opening quotation mark.
    private mutating func text() -> String? {
        var text: [UInt8] = []
        while let byte = self.next {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard self.escape(into: &text) else { return nil }
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let byte = self.next else { return false }
        self.index += 1
        switch byte {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "u"):
            guard var code = self.codeUnit() else { return false }
            if (0xD800...0xDBFF).contains(code) {
                guard self.next == UInt8(ascii: "\\") else { return false }
                self.index += 1
                guard self.next == UInt8(ascii: "u") else { return false }
                self.index += 1
                guard let low = self.codeUnit(), (0xDC00...0xDFFF).contains(low) else { return false }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { return false }
            text += Array(String(Character(scalar)).utf8)
        default: text.append(byte)
        }
        return true
    }

    private mutating func codeUnit() -> UInt32? {
        let digits = self.bytes[self.index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        self.index = digits.endIndex
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
