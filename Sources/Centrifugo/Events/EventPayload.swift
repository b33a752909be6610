public import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The data that a client sent with an event: JSON, or any bytes if the connection or the proxy is binary.
public struct EventPayload: Sendable, Hashable {
    /// The bytes as received.
    public let bytes: ByteBuffer

    package init(_ plain: Data, base64: String = "") {
        // With `binary_encoding` it comes as base64. Invalid base64 is passed through unchanged.
        let data = base64.isEmpty ? plain : Data(base64Encoded: base64) ?? Data(base64.utf8)
        self.bytes = ByteBuffer(bytes: data)
    }

    /// Whether the client sent no data.
    public var isEmpty: Bool { self.bytes.readableBytes == 0 }

    /// Decodes the JSON as a value.
    ///
    /// - Throws: ``EventPayloadError`` when it is not JSON, or not a `Value`. That is the client's fault, and a handler need not
    ///   catch it.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws(EventPayloadError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(self.bytes.readableBytesView))
        } catch {
            throw EventPayloadError(underlying: error, type: "\(type)")
        }
    }
}
