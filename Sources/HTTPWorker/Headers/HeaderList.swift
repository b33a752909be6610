/// The elements of a list header, line after line (RFC 9110, section 5.6.1).
///
/// Surrounding spaces are removed, and empty elements are left out. Commas within quotes do not separate: an element with an
/// unclosed quote extends to the end of its line, and is then malformed.
///
/// It is split on bytes. To Swift, a comma and a combining mark after it are one character, which is not a comma: a client that
/// writes the beginning of a list could swallow the element that a proxy appends to it.
package struct HeaderList: Sequence, IteratorProtocol {
    package enum Quotes {
        /// A backslash escapes the next byte (RFC 9110, section 5.6.4).
        case strings
        /// A backslash has no special meaning (RFC 9110, section 8.8.3).
        case entityTags
    }

    private var lines: IndexingIterator<[Substring]>
    private var rest: Substring.UTF8View
    private let separator: UInt8
    private let quotes: Quotes

    /// - Parameter lines: the values of all lines of the header.
    package init(_ lines: [String], quotes: Quotes = .strings) {
        self.init(lines.map { $0[...] }, separator: ",", quotes: quotes)
    }

    /// Splits one element into its parts.
    package init(partsOf element: Substring, separator: Unicode.Scalar) {
        self.init([element], separator: separator, quotes: .strings)
    }

    private init(_ lines: [Substring], separator: Unicode.Scalar, quotes: Quotes) {
        self.lines = lines.makeIterator()
        self.rest = Substring().utf8
        self.separator = UInt8(ascii: separator)
        self.quotes = quotes
    }

    package mutating func next() -> Substring? {
        while true {
            while !self.rest.isEmpty {
                let element = self.takeElement().trimmingSpaces
                if !element.isEmpty { return element }
            }
            guard let line = self.lines.next() else { return nil }
            self.rest = line.utf8
        }
    }

    private mutating func takeElement() -> Substring {
        var isQuoted = false
        var isEscaped = false
        var end = self.rest.startIndex
        while end < self.rest.endIndex {
            let byte = self.rest[end]
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if isQuoted {
                isEscaped = byte == UInt8(ascii: "\\") && self.quotes == .strings
            } else if byte == self.separator {
                break
            }
            self.rest.formIndex(after: &end)
        }
        defer { self.rest = self.rest[end...].dropFirst() }
        return Substring(self.rest[..<end])
    }
}
