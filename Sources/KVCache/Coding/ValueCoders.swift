public import NIOCore
public import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `KV_SERIALIZER=json`, the default: values as JSON, which every language reads. Protobuf messages become the JSON that
/// protobuf defines.
public struct JSONValueCoder: ValueCoder {
    /// It has no options.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(value))
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
    }

    public func encode(message: some Message) throws -> ByteBuffer {
        ByteBuffer(bytes: try message.jsonUTF8Bytes() as [UInt8])
    }

    public func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try Value(jsonUTF8Bytes: Array(bytes.readableBytesView))
    }
}

/// `KV_SERIALIZER=raw`: bytes as they are, for `ByteBuffer`, `[UInt8]`, `Data` and `String` (as UTF-8).
public struct RawValueCoder: ValueCoder {
    /// It has no options.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        switch value {
        case let buffer as ByteBuffer: buffer
        case let bytes as [UInt8]: ByteBuffer(bytes: bytes)
        case let text as String: ByteBuffer(string: text)
        case let data as Data: ByteBuffer(bytes: data)
        default: throw Self.unknown("\(type(of: value))")
        }
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        let value: Any
        switch type {
        case is ByteBuffer.Type: value = bytes
        case is [UInt8].Type: value = Array(bytes.readableBytesView)
        case is Data.Type: value = Data(bytes.readableBytesView)
        case is String.Type:
            guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
                throw ValueCoderError(coder: "RawValueCoder", type: "bytes that are not UTF-8", advice: "read them as ByteBuffer")
            }
            value = text
        default: throw Self.unknown("\(type)")
        }
        guard let value = value as? Value else { throw Self.unknown("\(type)") }
        return value
    }

    private static func unknown(_ type: String) -> ValueCoderError {
        ValueCoderError(coder: "RawValueCoder", type: type, advice: "use ByteBuffer, [UInt8], Data or String, or another coder")
    }
}

/// `KV_SERIALIZER=plist`: values as binary property lists. Only Swift and Objective-C read them; dates and data stay small.
public struct PropertyListValueCoder: ValueCoder {
    /// It has no options.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        // A property list is an array or a dictionary, never a single number or text.
        return ByteBuffer(bytes: try encoder.encode([value]))
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        let values = try PropertyListDecoder().decode([Value].self, from: Data(bytes.readableBytesView))
        guard let value = values.first, values.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "there must be one value, not \(values.count)"))
        }
        return value
    }
}

/// `KV_SERIALIZER=protobuf`: protobuf messages in their binary form.
public struct ProtobufValueCoder: ValueCoder {
    /// It has no options.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        throw Self.unknown("\(type(of: value))")
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        throw Self.unknown("\(type)")
    }

    public func encode(message: some Message) throws -> ByteBuffer {
        ByteBuffer(bytes: try message.serializedBytes() as [UInt8])
    }

    public func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try Value(serializedBytes: Array(bytes.readableBytesView))
    }

    private static func unknown(_ type: String) -> ValueCoderError {
        ValueCoderError(coder: "ProtobufValueCoder", type: type, advice: "it takes protobuf messages; use JSONValueCoder, say")
    }
}
