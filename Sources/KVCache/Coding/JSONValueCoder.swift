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
