/// Parses the text of an ``EnvironmentFile``.
struct EnvironmentFileParser {
    /// The error and its place. It quotes nothing, since the line may hold a secret.
    struct Problem: Error, Hashable {
        let line: Int
        let reason: String
    }

    private let text: [Unicode.Scalar]
    private var position = 0
    private var variables: [String: String] = [:]

    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        self.text = scalars
    }

    mutating func parse() throws(Problem) -> [String: String] {
        while self.skipToStatement(), let name = try self.name() {
            let value = try self.value()
            // A variable without a name cannot be looked up.
            if !name.isEmpty { self.variables[name] = value }
        }
        return self.variables
    }

    // MARK: Names

    /// - Returns: false at the end.
    private mutating func skipToStatement() -> Bool {
        while let scalar = self.next {
            if scalar == "#" {
                self.position = self.text[self.position...].firstIndex(of: "\n") ?? self.text.endIndex
            } else if scalar.properties.isWhitespace {
                self.position += 1
            } else {
                return true
            }
        }
        return false
    }

    /// Reads the name, and everything between it and the value.
    ///
    /// - Returns: nil where the text ends without a value.
    private mutating func name() throws(Problem) -> String? {
        self.skipExport()
        guard self.next != nil else { throw self.problem(at: self.position, "there is nothing after \"export\"") }
        let start = self.position
        while let scalar = self.next {
            self.position += 1
            if scalar == "=" || scalar == ":" {
                var name = self.text[start..<(self.position - 1)]
                while let last = name.last, last.properties.isWhitespace { name.removeLast() }
                self.skipBlanks()
                return Self.string(name)
            }
            guard Self.mayBeInName(scalar) else {
                throw self.problem(
                    at: self.position - 1,
                    scalar == "\n" ? "it has no \"=\"" : "names have letters, digits, \"_\" and \".\" only")
            }
        }
        return nil
    }

    private mutating func skipExport() {
        let word = "export".unicodeScalars
        let rest = self.text[self.position...]
        guard rest.starts(with: word), let after = rest.dropFirst(word.count).first, Self.isBlank(after) else { return }
        self.position += word.count
        self.skipBlanks()
    }

    /// godotenv checks names byte by byte, each byte as a character of Latin-1.
    private static func mayBeInName(_ scalar: Unicode.Scalar) -> Bool {
        if Self.isBlank(scalar) || scalar == "_" || scalar == "." { return true }
        return String(scalar).utf8.allSatisfy { byte in
            let character = Unicode.Scalar(byte)
            return character.properties.isAlphabetic || character.properties.numericType != nil || Self.isBlank(character)
        }
    }

    // MARK: Values

    private mutating func value() throws(Problem) -> String {
        guard let quote = self.next, quote == "\"" || quote == "'" else { return self.unquoted() }
        let start = self.position
        var end = start + 1
        while end < self.text.count, self.text[end] != quote || self.text[end - 1] == "\\" { end += 1 }
        guard end < self.text.count else { throw self.problem(at: start, "the quote that opens the value is not closed") }
        self.position = end + 1
        // All quotes at both ends are removed, also those that were escaped.
        var value = self.text[start..<end]
        while value.first == quote { value.removeFirst() }
        while value.last == quote { value.removeLast() }
        return Self.string(quote == "\"" ? self.expanded(Self.unescaped(value))[...] : value)
    }

    private mutating func unquoted() -> String {
        let end = self.text[self.position...].firstIndex { $0 == "\n" || $0 == "\r" } ?? self.text.endIndex
        var value = self.text[self.position..<end]
        self.position = end
        let comment = value.indices.last { value[$0] == "#" && $0 > value.startIndex && Self.isBlank(value[$0 - 1]) }
        if let comment { value = value[..<comment] }
        while let first = value.first, Self.isBlank(first) { value.removeFirst() }
        while let last = value.last, Self.isBlank(last) { value.removeLast() }
        return Self.string(self.expanded(value)[...])
    }

    private static func unescaped(_ value: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        var output: [Unicode.Scalar] = []
        var index = value.startIndex
        while index < value.endIndex {
            guard value[index] == "\\", index + 1 < value.endIndex else {
                output.append(value[index])
                index += 1
                continue
            }
            switch value[index + 1] {
            case "n": output.append("\n")
            case "r": output.append("\r")
            // Needed again, by the expansion.
            case "$": output += ["\\", "$"]
            case let escaped: output.append(escaped)
            }
            index += 2
        }
        return output[...]
    }

    /// Expands `$NAME` and `${NAME}`; either of the two braces may be missing.
    private func expanded(_ value: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        var index = value.startIndex
        while index < value.endIndex {
            let start = index
            let isEscaped = value[index] == "\\" && index + 1 < value.endIndex && value[index + 1] == "$"
            if isEscaped { index += 1 }
            guard value[index] == "$" else {
                output.append(value[index])
                index += 1
                continue
            }
            index += 1
            if index < value.endIndex, value[index] == "(" { index += 1 }
            if index < value.endIndex, value[index] == "{" { index += 1 }
            let name = value[index...].prefix(while: Self.mayBeInReference)
            index += name.count
            if index < value.endIndex, value[index] == "}" { index += 1 }
            if isEscaped {
                output += value[(start + 1)..<index]
            } else if name.isEmpty {
                output += value[start..<index]
            } else {
                output += (self.variables[Self.string(name)] ?? "").unicodeScalars
            }
        }
        return output
    }

    private static func mayBeInReference(_ scalar: Unicode.Scalar) -> Bool {
        ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }

    // MARK: Characters

    private var next: Unicode.Scalar? { self.position < self.text.count ? self.text[self.position] : nil }

    private mutating func skipBlanks() {
        while let scalar = self.next, Self.isBlank(scalar) { self.position += 1 }
    }

    /// Whether a character is white space other than a line break.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\u{0B}", "\u{0C}", "\r", " ", "\u{85}", "\u{A0}": true
        default: false
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private func problem(at index: Int, _ reason: String) -> Problem {
        Problem(line: 1 + self.text[..<index].count { $0 == "\n" }, reason: reason)
    }
}
