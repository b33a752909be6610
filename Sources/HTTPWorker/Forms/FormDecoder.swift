#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Decodes values from the strings and files of a form, as described at ``Form/decode(as:)``.
///
/// Hummingbird's `URLEncodedFormDecoder` nests names differently from RoadRunner, and does not support uploads.
struct FormDecoder: Decoder {
    let node: FormNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ node: FormNode, _ codingPath: [any CodingKey]) {
        self.node = node
        self.codingPath = codingPath
    }

    func at(_ key: any CodingKey, _ node: FormNode) -> FormDecoder { FormDecoder(node, self.codingPath + [key]) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch self.node.fields {
        case .leaf(let text) where !text.utf8.isEmpty: throw self.mismatch(type, "it is a value, not an object")
        case .list: throw self.mismatch(type, "it is a list, not an object")
        case .leaf, .object, .missing: return KeyedDecodingContainer(FormKeyedContainer<Key>(decoder: self))
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let elements = self.node.elements
        guard elements.isEmpty, !self.node.isEmptyText else { return FormUnkeyedContainer(self, elements) }
        switch (self.node.fields, self.node.files) {
        // One value where a list is expected, as from a group of check boxes whose name lacks the brackets.
        case (.leaf, _), (_, .leaf): return FormUnkeyedContainer(self, [("0", self.node)])
        case (.object(let entries), _) where !entries.isEmpty: throw self.mismatch([Any].self, "it is not a list")
        case (_, .object(let entries)) where !entries.isEmpty: throw self.mismatch([Any].self, "it is not a list")
        default: return FormUnkeyedContainer(self, [])
        }
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { FormValueContainer(decoder: self) }

    // MARK: Values

    func decodeValue<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Missing fields are looked up in nested types as well, and a type that contains itself would recurse endlessly.
        guard self.codingPath.count <= FormName.maximumDepth else {
            throw DecodingError.valueNotFound(type, self.context("it is nested deeper than \(FormName.maximumDepth) levels"))
        }
        switch type {
        case is Upload.Type: return try self.cast(self.upload())
        case is [Upload].Type: return try self.cast(self.uploads())
        case is Date.Type:
            return try self.cast(self.parse("a date, such as 2026-11-25 or 2026-11-25T10:00:00Z") { FormDate($0)?.date })
        case is DateComponents.Type:
            return try self.cast(self.parse("a date or a time, such as 2026-11-25T10:00 or 10:00") { FormDate($0)?.components })
        case is URL.Type: return try self.cast(self.parse("a URL") { URL(string: $0) })
        case is Decimal.Type: return try self.cast(self.parse("a number") { FormNumber($0)?.decimal })
        default:
            if let optional = type as? any OptionalValue.Type, !optional.isText, self.node.isEmptyText {
                return try Value(from: FormDecoder(FormNode(), self.codingPath))
            }
            return try Value(from: self)
        }
    }

    func text() throws -> String {
        switch self.node.fields {
        case .leaf(let text): return text
        case .missing: throw DecodingError.valueNotFound(String.self, self.context("it is missing"))
        case .list, .object: throw self.mismatch(String.self, "it is not one value")
        }
    }

    private func parse<Value>(_ what: String, _ parse: (String) -> Value?) throws -> Value {
        let text = try self.text()
        guard let value = parse(text.trimmed) else {
            throw self.mismatch(Value.self, "\"\(text.beginning(100))\" is not \(what)")
        }
        return value
    }

    /// Browsers do not send a check box that is not checked.
    func boolean() throws -> Bool {
        if self.node.isMissing { return false }
        return try self.parse("true or false") { text in
            switch text.asciiLowercased {
            case "1", "true", "on", "yes": true
            case "0", "false", "off", "no", "": false
            default: nil
            }
        }
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        try self.parse("a whole number from \(Value.min) to \(Value.max)") { FormNumber($0)?.integer(type) }
    }

    func floatingPoint<Value: BinaryFloatingPoint & LosslessStringConvertible>(_ type: Value.Type) throws -> Value {
        try self.parse("a number in range") { FormNumber($0)?.floatingPoint(type) }
    }

    private func upload() throws -> Upload {
        if let upload = self.node.files.value { return upload }
        throw DecodingError.valueNotFound(Upload.self, self.context("there is no file"))
    }

    /// Browsers send inputs without a file as empty strings.
    private func uploads() throws -> [Upload] {
        if let upload = self.node.files.value { return [upload] }
        guard self.node.fields.value?.utf8.isEmpty ?? true else { return [try self.upload()] }
        return try self.node.elements.filter { !$0.node.isEmptyText }.map { name, node in
            try self.at(FormElementKey(name), node).upload()
        }
    }

    private func cast<Value>(_ value: Any) throws -> Value {
        guard let value = value as? Value else { throw self.mismatch(Value.self, "it is of another type") }
        return value
    }

    private func mismatch(_ type: Any.Type, _ text: String) -> DecodingError { .typeMismatch(type, self.context(text)) }

    func context(_ text: String) -> DecodingError.Context {
        DecodingError.Context(codingPath: self.codingPath, debugDescription: text)
    }
}

private protocol OptionalValue {
    static var isText: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate static var isText: Bool { Wrapped.self == String.self }
}

extension String {
    /// The string without white space around it.
    fileprivate var trimmed: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var bytes = Substring(self).utf8.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(Substring(bytes))
    }
}

extension Upload: Decodable {
    /// Throws: only ``Form/decode(as:)`` can decode uploads.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.typeMismatch(
            Upload.self, .init(codingPath: decoder.codingPath, debugDescription: "only multipart forms have files"))
    }
}
