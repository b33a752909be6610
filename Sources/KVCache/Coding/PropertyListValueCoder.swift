public import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `KV_SERIALIZER=plist`: values as binary property lists. Only Swift and Objective-C read them; dates and data are compact.
public struct PropertyListValueCoder: ValueCoder {
    /// Creates a coder.
    public init() {}

    public func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        // A property list is an array or a dictionary, never a single number or string.
        return ByteBuffer(bytes: try encoder.encode([value]))
    }

    public func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        let values = try PropertyListDecoder().decode([Value].self, from: Data(bytes.readableBytesView))
        guard let value = values.first, values.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "expected one value, not \(values.count)"))
        }
        return value
    }
}
