/// Replaces the values of those fields of a JSON message that are bytes, by ``JSONField/messages``, without parsing the text into
/// values.
struct JSONFieldRewriter {
    /// Receives a field, the field that has it as base64, and the text of its value; returns the key and the text to put in their
    /// place, or nil to leave them.
    typealias Replacement = (_ name: String, _ base64Name: String?, _ value: ArraySlice<UInt8>) throws -> (String, [UInt8])?

    private var scanner: JSONScanner
    private var output: [UInt8] = []
    /// The position up to which the text was copied to the output.
    private var copied = 0
    private let replace: Replacement

    /// - Parameter message: the message's name in protobuf.
    static func replacing(in text: [UInt8], of message: String, _ replace: Replacement) throws -> [UInt8] {
        try withoutActuallyEscaping(replace) { replace in
            var rewriter = JSONFieldRewriter(scanner: JSONScanner(text: text), replace: replace)
            rewriter.output.reserveCapacity(text.count)
            rewriter.scanner.skipSpace()
            try rewriter.message(message)
            return rewriter.output + text[rewriter.copied...]
        }
    }

    /// Reads a value that should be this message. Other values are left to the decoder.
    private mutating func message(_ name: String) throws {
        guard let fields = JSONField.messages[name] else { return try self.scanner.value() }
        try self.object { rewriter, key, start in
            switch fields[key] {
            case nil: try rewriter.scanner.value()
            case .bytes(let base64Name): try rewriter.bytes(key, base64Name, from: start)
            case .message(let name): try rewriter.messages(name)
            case .map(let name): try rewriter.object { rewriter, _, _ in try rewriter.message(name) }
            }
        }
    }

    /// Reads one message, or a list of them.
    private mutating func messages(_ name: String) throws {
        guard self.scanner.peek() == UInt8(ascii: "[") else { return try self.message(name) }
        self.scanner.position += 1
        self.scanner.skipSpace()
        if self.scanner.skip(UInt8(ascii: "]")) { return }
        repeat {
            self.scanner.skipSpace()
            try self.message(name)
            self.scanner.skipSpace()
        } while self.scanner.skip(UInt8(ascii: ","))
        try self.scanner.require(UInt8(ascii: "]"))
    }

    /// Reads an object.
    ///
    /// - Parameter member: reads a value, given its key and where that begins.
    private mutating func object(_ member: (inout JSONFieldRewriter, _ key: String, _ start: Int) throws -> Void) throws {
        guard self.scanner.skip(UInt8(ascii: "{")) else { return try self.scanner.value() }
        self.scanner.skipSpace()
        if self.scanner.skip(UInt8(ascii: "}")) { return }
        repeat {
            self.scanner.skipSpace()
            let start = self.scanner.position
            let key = try self.scanner.key()
            try member(&self, key, start)
            self.scanner.skipSpace()
        } while self.scanner.skip(UInt8(ascii: ","))
        try self.scanner.require(UInt8(ascii: "}"))
    }

    private mutating func bytes(_ name: String, _ base64Name: String?, from start: Int) throws {
        let valueStart = self.scanner.position
        try self.scanner.value()
        guard let (key, value) = try self.replace(name, base64Name, self.scanner.text[valueStart..<self.scanner.position])
        else { return }
        self.output += self.scanner.text[self.copied..<start]
        self.output += Array("\"\(key)\":".utf8)
        self.output += value
        self.copied = self.scanner.position
    }
}
