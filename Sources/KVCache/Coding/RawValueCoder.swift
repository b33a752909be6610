public import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `KV_SERIALIZER=raw`: bytes as they are, for `ByteBuffer`, `[UInt8]`, `Data` and `String` (as UTF-8).
public struct RawValueCoder: ValueCoder {
    /// Creates a coder.
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
