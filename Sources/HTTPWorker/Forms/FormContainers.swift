/// The entries of a node of a form.
struct FormKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: FormDecoder

    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var allKeys: [Key] { self.decoder.node.names.compactMap { Key(stringValue: $0) } }

    private func field(_ key: any CodingKey) -> FormDecoder {
        self.decoder.at(key, self.decoder.node[key.stringValue])
    }

    func contains(_ key: Key) -> Bool { !self.field(key).node.isMissing }

    /// An empty string decodes as nil for types other than strings.
    func decodeNil(forKey key: Key) throws -> Bool {
        let node = self.field(key).node
        return node.isMissing || node.isEmptyText
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        self.contains(key) ? try self.decode(type, forKey: key) : nil
    }

    /// A missing field may have a value: `false`, or a list without elements.
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try self.field(key).decodeValue(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try self.field(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try self.field(key).unkeyedContainer() }
    func superDecoder() throws -> any Decoder { self.decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { self.field(key) }
}

/// The key of an element: the number under which it was sent.
struct FormElementKey: CodingKey {
    let stringValue: String
    var intValue: Int? { Int(self.stringValue) }
    init(_ name: String) { self.stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { self.stringValue = String(intValue) }
}

/// The elements of a list.
struct FormUnkeyedContainer: UnkeyedDecodingContainer {
    private let decoder: FormDecoder
    private let elements: [(name: String, node: FormNode)]
    private(set) var currentIndex = 0

    init(_ decoder: FormDecoder, _ elements: [(name: String, node: FormNode)]) {
        self.decoder = decoder
        self.elements = elements
    }

    var codingPath: [any CodingKey] { self.decoder.codingPath }
    var count: Int? { self.elements.count }
    var isAtEnd: Bool { self.currentIndex >= self.elements.count }

    private mutating func element() throws -> FormDecoder {
        guard !self.isAtEnd else {
            throw DecodingError.valueNotFound(Any.self, self.decoder.context("the list has no more elements"))
        }
        defer { self.currentIndex += 1 }
        let (name, node) = self.elements[self.currentIndex]
        return self.decoder.at(FormElementKey(name), node)
    }

    mutating func decodeNil() throws -> Bool {
        guard !self.isAtEnd, self.elements[self.currentIndex].node.isEmptyText else { return false }
        self.currentIndex += 1
        return true
    }

    mutating func decodeIfPresent(_ type: String.Type) throws -> String? { self.isAtEnd ? nil : try self.decode(type) }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try self.element().decodeValue(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try self.element().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try self.element().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try self.element() }
}

/// A single value.
struct FormValueContainer: SingleValueDecodingContainer {
    let decoder: FormDecoder

    var codingPath: [any CodingKey] { self.decoder.codingPath }

    func decodeNil() -> Bool { self.decoder.node.isMissing }
    func decode(_ type: String.Type) throws -> String { try self.decoder.text() }
    func decode(_ type: Bool.Type) throws -> Bool { try self.decoder.boolean() }
    func decode(_ type: Double.Type) throws -> Double { try self.decoder.floatingPoint(type) }
    func decode(_ type: Float.Type) throws -> Float { try self.decoder.floatingPoint(type) }
    func decode(_ type: Int.Type) throws -> Int { try self.decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try self.decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try self.decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try self.decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try self.decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try self.decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try self.decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try self.decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try self.decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try self.decoder.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try self.decoder.decodeValue(type) }
}
