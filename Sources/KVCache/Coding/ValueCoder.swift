public import NIOCore
public import SwiftProtobuf

/// Converts values to the bytes that are stored, and back.
///
/// ```swift
/// struct PropertyListCoder: ValueCoder {
///     func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
///         ByteBuffer(bytes: try PropertyListEncoder().encode(value))
///     }
///
///     func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
///         try PropertyListDecoder().decode(type, from: Data(bytes.readableBytesView))
///     }
/// }
/// ```
public protocol ValueCoder: Sendable {
    /// Encodes a value.
    func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer
    /// Decodes a value.
    func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value
    /// Encodes a protobuf message. The default implementation throws ``ValueCoderError``.
    func encode(message: some Message) throws -> ByteBuffer
    /// Decodes a protobuf message. The default implementation throws ``ValueCoderError``.
    func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value
}

extension ValueCoder {
    public func encode(message: some Message) throws -> ByteBuffer {
        throw ValueCoderError(coder: "\(Self.self)", type: "\(type(of: message))", advice: "use ProtobufValueCoder")
    }

    public func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        throw ValueCoderError(coder: "\(Self.self)", type: "\(type)", advice: "use ProtobufValueCoder")
    }
}
