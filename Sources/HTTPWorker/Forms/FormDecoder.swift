#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A place in a form: what the fields and the files have there.
struct FormNode {
    var fields: FormTree<String>
    var files: FormTree<Upload>

    var isMissing: Bool {
        if case .missing = self.fields, case .missing = self.files { true } else { false }
    }

    subscript(name: String) -> FormNode { FormNode(fields: self.fields[name], files: self.files[name]) }

    var names: Set<String> { Set(self.fields.entries.keys).union(self.files.entries.keys) }

    var elements: [FormNode] {
        let (fields, files) = (self.fields.elements, self.files.elements)
        return (0..<max(fields.count, files.count)).map { index in
            FormNode(
                fields: index < fields.count ? fields[index] : .missing, files: index < files.count ? files[index] : .missing)
        }
    }
}

/// Decodes values from the texts of a form.
struct FormDecoder: Decoder {
    let place: FormNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ place: FormNode, _ codingPath: [any CodingKey]) {
        self.place = place
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch self.place.fields {
        case .leaf, .list: throw self.mismatch(type, "it is not an entry with fields")
        case .object, .missing: return KeyedDecodingContainer(KeyedFields<Key>(decoder: self))
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let elements = self.place.elements
        if elements.isEmpty {
            switch self.place.fields {
            // One value where a list is expected, as of a group of check boxes whose name lacks the brackets.
            case .leaf: return FormUnkeyedContainer(decoder: self, elements: [self.place])
            case .object(let entries) where !entries.isEmpty: throw self.mismatch([Any].self, "it is not a list")
            case .object, .list, .missing: break
            }
            if case .leaf = self.place.files { return FormUnkeyedContainer(decoder: self, elements: [self.place]) }
        }
        return FormUnkeyedContainer(decoder: self, elements: elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { FormValueContainer(decoder: self) }

    // MARK: Values

    func decodeValue<Value: Decodable>(_ type: Value.Type) throws -> Value {
        switch type {
        case is Upload.Type: return try self.cast(self.upload())
        case is Date.Type: return try self.cast(self.parse("a date, such as 2026-11-25 or 2026-11-25T10:00:00Z", Self.date))
        case is URL.Type: return try self.cast(self.parse("a URL") { URL(string: $0) })
        case is Decimal.Type: return try self.cast(self.parse("a number") { Decimal(string: $0) })
        default: return try Value(from: self)
        }
    }

    func text() throws -> String {
        guard let text = self.place.fields.value else {
            if case .missing = self.place.fields {
                throw DecodingError.valueNotFound(
                    String.self, .init(codingPath: self.codingPath, debugDescription: "the form has no such field"))
            }
            throw self.mismatch(String.self, "it is not one value")
        }
        return text
    }

    func parse<Value>(_ what: String, _ parse: (String) -> Value?) throws -> Value {
        let text = try self.text()
        guard let value = parse(text.trimmed) else {
            throw self.mismatch(Value.self, "\"\(text.beginning(100))\" is not \(what)")
        }
        return value
    }

    func number<Value: LosslessStringConvertible>(_ type: Value.Type) throws -> Value {
        try self.parse("a number that fits", Value.init)
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "on", "yes": true
        case "0", "false", "off", "no", "": false
        default: nil
        }
    }

    private static func date(_ text: String) -> Date? {
        let text = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        return (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    private func upload() throws -> Upload {
        guard let upload = self.place.files.value else {
            throw DecodingError.valueNotFound(
                Upload.self, .init(codingPath: self.codingPath, debugDescription: "the form has no such file"))
        }
        return upload
    }

    private func cast<Value>(_ value: Any) throws -> Value {
        guard let value = value as? Value else { throw self.mismatch(Value.self, "it is of another type") }
        return value
    }

    private func mismatch(_ type: Any.Type, _ text: String) -> DecodingError {
        DecodingError.typeMismatch(type, .init(codingPath: self.codingPath, debugDescription: text))
    }

    func at(_ key: any CodingKey, _ place: FormNode) -> FormDecoder { FormDecoder(place, self.codingPath + [key]) }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}

extension Upload: Decodable {
    /// Only ``Form/decode(as:)`` has uploads.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.typeMismatch(
            Upload.self, .init(codingPath: decoder.codingPath, debugDescription: "only multipart forms have files"))
    }
}

private struct KeyedFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: FormDecoder

    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var allKeys: [Key] { self.decoder.place.names.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { !self.decoder.place[key.stringValue].isMissing }

    /// An empty text is none, for what is no text.
    func decodeNil(forKey key: Key) throws -> Bool {
        let place = self.decoder.place[key.stringValue]
        return place.isMissing || (place.fields.value == "" && place.files.isEmpty)
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        self.contains(key) ? try self.decode(type, forKey: key) : nil
    }

    private func field(_ key: Key) throws -> FormDecoder {
        guard self.contains(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: self.codingPath, debugDescription: "the form has no field \"\(key.stringValue)\""))
        }
        return self.decoder.at(key, self.decoder.place[key.stringValue])
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        // No element of a list is a list without elements.
        if !self.contains(key), let empty = (type as? any EmptyListDecodable.Type)?.emptyList as? Value { return empty }
        return try self.field(key).decodeValue(type)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try self.field(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try self.field(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { self.decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try self.field(key) }
}

/// Lists, which are empty where a form has nothing of their name: browsers leave out check boxes that are not checked.
private protocol EmptyListDecodable {
    static var emptyList: Any { get }
}

extension Array: EmptyListDecodable where Element: Decodable {
    static var emptyList: Any { [Element]() }
}

extension Set: EmptyListDecodable where Element: Decodable {
    static var emptyList: Any { Set<Element>() }
}

private struct FormUnkeyedContainer: UnkeyedDecodingContainer {
    let decoder: FormDecoder
    let elements: [FormNode]
    var currentIndex = 0

    init(decoder: FormDecoder, elements: [FormNode]) {
        self.decoder = decoder
        self.elements = elements
    }

    private struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { self.intValue.map(String.init) ?? "" }
        init(_ index: Int) { self.intValue = index }
        init?(stringValue: String) { return nil }
        init?(intValue: Int) { self.intValue = intValue }
    }

    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var count: Int? { self.elements.count }
    var isAtEnd: Bool { self.currentIndex >= self.elements.count }

    private mutating func element() throws -> FormDecoder {
        guard !self.isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, .init(codingPath: self.codingPath, debugDescription: "the list has no more elements"))
        }
        defer { self.currentIndex += 1 }
        return self.decoder.at(Index(self.currentIndex), self.elements[self.currentIndex])
    }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try self.element().decodeValue(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try self.element().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try self.element().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try self.element() }
}

private struct FormValueContainer: SingleValueDecodingContainer {
    let decoder: FormDecoder

    var codingPath: [any CodingKey] { self.decoder.codingPath }

    func decodeNil() -> Bool { self.decoder.place.isMissing }
    func decode(_ type: String.Type) throws -> String { try self.decoder.text() }
    func decode(_ type: Bool.Type) throws -> Bool { try self.decoder.parse("true or false", FormDecoder.boolean) }
    func decode(_ type: Double.Type) throws -> Double { try self.decoder.number(type) }
    func decode(_ type: Float.Type) throws -> Float { try self.decoder.number(type) }
    func decode(_ type: Int.Type) throws -> Int { try self.decoder.number(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try self.decoder.number(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try self.decoder.number(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try self.decoder.number(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try self.decoder.number(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try self.decoder.number(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try self.decoder.number(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try self.decoder.number(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try self.decoder.number(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try self.decoder.number(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try self.decoder.decodeValue(type) }
}
