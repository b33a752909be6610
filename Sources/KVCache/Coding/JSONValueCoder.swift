public import NIOCore
import RoadRunnerAPI
public import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `KV_SERIALIZER=json`, the default: values as JSON, which every language reads. Protobuf messages become the JSON that
/// protobuf defines.
public struct JSONValueCoder: ValueCoder {
    /// Creates a coder.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(value))
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        // Most values are strings. Those without complex escapes need no JSON decoder.
        if type == String.self, let text = Self.plainText(bytes) as? Value { return text }
        return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
    }

    /// - Returns: the string; nil if it is anything but characters in quotes with simple escapes.
    private static func plainText(_ bytes: ByteBuffer) -> String? {
        bytes.withUnsafeReadableBytes { bytes in
            let (quote, escape) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
            guard bytes.count >= 2, bytes[0] == quote, bytes[bytes.count - 1] == quote else { return nil }
            let content = UnsafeRawBufferPointer(rebasing: bytes[1..<(bytes.count - 1)])
            guard content.allSatisfy({ $0 >= 0x20 && $0 != quote }) else { return nil }
            guard content.contains(escape) else { return String(validating: content, as: UTF8.self) }
            var text: [UInt8] = []
            text.reserveCapacity(content.count)
            var rest = content.makeIterator()
            while let byte = rest.next() {
                guard byte == escape else {
                    text.append(byte)
                    continue
                }
                switch rest.next() {
                case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
                case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
                case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
                case escape: text.append(escape)
                default: return nil
                }
            }
            return String(validating: text, as: UTF8.self)
        }
    }

    public func encode(message: some Message) throws -> ByteBuffer {
        try message.jsonBuffer()
    }

    public func decode<Value: Message>(message type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try Value(jsonBuffer: bytes)
    }
}
