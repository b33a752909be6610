/// A media type or a disposition with its parameters: `form-data; name="a"; filename*=UTF-8''%C5%BE`.
///
/// Parsed byte for byte as Go's `mime.ParseMediaType` does it, which parses the same lines when RoadRunner reads forms: it
/// refuses the same lines, and joins continued parameters (RFC 2231). ``HeaderParameters`` is lenient.
struct MediaTypeHeader {
    /// The part before the parameters, in lower case.
    let value: String
    /// The parameters, by their names in lower case; nil if they are malformed, or one has two values.
    let parameters: [String: [UInt8]]?

    /// - Returns: nil if there is no type.
    init?(_ bytes: some Collection<UInt8>) {
        let all = Array(bytes)
        let end = all.firstIndex(of: UInt8(ascii: ";")) ?? all.endIndex
        var base = MediaTypeScanner(all[..<end])
        base.trimSpaces()
        let value = Array(base.rest)
        guard base.skipToken(), !base.skip("/") || base.skipToken(), base.rest.isEmpty else { return nil }
        self.value = String(decoding: value, as: UTF8.self).asciiLowercased
        self.parameters = Self.parameters(all[end...])
    }

    private static func parameters(_ bytes: ArraySlice<UInt8>) -> [String: [UInt8]]? {
        var scanner = MediaTypeScanner(bytes)
        var parameters: [String: [UInt8]] = [:]
        // The pieces of names with an asterisk, by the name before it.
        var pieces: [String: [String: [UInt8]]] = [:]
        while true {
            scanner.skipSpaces()
            if scanner.rest.isEmpty { break }
            let before = scanner.rest
            guard let (name, value) = scanner.readParameter() else {
                var end = MediaTypeScanner(before)
                end.trimSpaces()
                // A single trailing semicolon is allowed.
                guard end.rest.elementsEqual(";".utf8) else { return nil }
                break
            }
            if let asterisk = name.utf8.firstIndex(of: UInt8(ascii: "*")) {
                guard pieces[String(name[..<asterisk]), default: [:]].take(value, for: name) else { return nil }
            } else {
                guard parameters.take(value, for: name) else { return nil }
            }
        }
        for (name, pieces) in pieces {
            if let value = Self.joined(pieces, name) { parameters[name] = value }
        }
        return parameters
    }

    /// Joins the pieces `name*`, or `name*0`, `name*1*` and so on.
    private static func joined(_ pieces: [String: [UInt8]], _ name: String) -> [UInt8]? {
        if let value = pieces["\(name)*"] { return Self.decodeExtended(value) }
        var joined: [UInt8]?
        for number in 0... {
            if let piece = pieces["\(name)*\(number)"] {
                joined = (joined ?? []) + piece
            } else if let piece = pieces["\(name)*\(number)*"] {
                joined = (joined ?? []) + ((number == 0 ? Self.decodeExtended(piece) : PercentEncoding.decode(piece)) ?? [])
            } else {
                break
            }
        }
        return joined
    }

    /// Decodes `UTF-8''percent-encoded` (RFC 8187).
    private static func decodeExtended(_ value: [UInt8]) -> [UInt8]? {
        let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["utf-8", "us-ascii"].contains(String(decoding: parts[0], as: UTF8.self).asciiLowercased) else {
            return nil
        }
        return PercentEncoding.decode(parts[2])
    }
}

extension [String: [UInt8]] {
    /// - Returns: false if the name already has another value.
    fileprivate mutating func take(_ value: [UInt8], for name: String) -> Bool {
        if let existing = self[name] { return existing == value }
        self[name] = value
        return true
    }
}

private struct MediaTypeScanner {
    private(set) var rest: ArraySlice<UInt8>

    init(_ rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: scalar) else { return false }
        self.rest.removeFirst()
        return true
    }

    mutating func skipToken() -> Bool { !self.readToken().isEmpty }

    private mutating func readToken() -> ArraySlice<UInt8> {
        let token = self.rest.prefix { HeaderScanner.isToken($0) }
        self.rest = self.rest[token.endIndex...]
        return token
    }

    /// - Returns: nil if there is none.
    mutating func readParameter() -> (name: String, value: [UInt8])? {
        guard self.skip(";") else { return nil }
        self.skipSpaces()
        let name = self.readToken()
        self.skipSpaces()
        guard !name.isEmpty, self.skip("=") else { return nil }
        self.skipSpaces()
        guard let value = self.readValue() else { return nil }
        return (String(decoding: name, as: UTF8.self).asciiLowercased, value)
    }

    private mutating func readValue() -> [UInt8]? {
        guard self.skip("\"") else {
            let token = self.readToken()
            return token.isEmpty ? nil : Array(token)
        }
        var value: [UInt8] = []
        while let byte = self.rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return value
            // Browsers used to write Windows paths without escaping: a backslash before a character that needs no escaping stands
            // for itself.
            case UInt8(ascii: "\\"):
                if let next = self.rest.first, "()<>@,;:\\\"/[]?=".utf8.contains(next) {
                    value.append(next)
                    self.rest.removeFirst()
                } else {
                    value.append(byte)
                }
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return nil
            default: value.append(byte)
            }
        }
        return nil
    }

    // MARK: Spaces

    mutating func skipSpaces() {
        while let length = Self.spaceLength(self.rest) { self.rest = self.rest.dropFirst(length) }
    }

    mutating func trimSpaces() {
        self.skipSpaces()
        while true {
            guard let length = (1...3).first(where: { Self.spaceLength(self.rest.suffix($0)) == $0 }) else { return }
            self.rest = self.rest.dropLast(length)
        }
    }

    /// The length of the leading space, of which Unicode has several; nil if there is none.
    private static func spaceLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if first == 0x20 || (0x09...0x0D).contains(first) { return 1 }
        let second = bytes.dropFirst().first ?? 0
        let third = bytes.dropFirst(2).first ?? 0
        return switch (first, second, third) {
        case (0xC2, 0x85, _), (0xC2, 0xA0, _): 2
        case (0xE1, 0x9A, 0x80), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80): 3
        case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF): 3
        default: nil
        }
    }
}
