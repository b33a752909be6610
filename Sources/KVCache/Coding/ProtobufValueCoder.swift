public import NIOCore
import RoadRunnerAPI
public import SwiftProtobuf

/// `KV_SERIALIZER=protobuf`: protobuf messages in their binary form.
public struct ProtobufValueCoder: ValueCoder {
    /// Creates a coder.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        throw Self.unknown("\(type(of: value))")
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        throw Self.unknown("\(type)")
    }

    public func encode(message: some Message) throws -> ByteBuffer {
        try message.serializedBuffer()
    }

    public func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try Value(serializedBuffer: bytes)
    }

    private static func unknown(_ type: String) -> ValueCoderError {
        ValueCoderError(coder: "ProtobufValueCoder", type: type, advice: "use another one, such as JSONValueCoder")
    }
}
