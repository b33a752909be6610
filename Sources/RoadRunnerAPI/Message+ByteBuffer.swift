package import NIOCore
package import SwiftProtobuf

extension Message {
    /// Decodes a message from the readable bytes of a buffer, in place.
    ///
    /// - Throws: `BinaryDecodingError`.
    package init(serializedBuffer buffer: ByteBuffer) throws {
        try self.init(serializedBytes: BufferBytes(buffer: buffer))
    }

    /// Encodes the message into a buffer of its own.
    ///
    /// - Throws: `BinaryEncodingError`.
    package func serializedBuffer() throws -> ByteBuffer { try (self.serializedBytes() as BufferBytes).buffer }

    /// Decodes a message from JSON, the readable bytes of a buffer, in place.
    ///
    /// - Throws: `JSONDecodingError`.
    package init(jsonBuffer buffer: ByteBuffer) throws { try self.init(jsonUTF8Bytes: BufferBytes(buffer: buffer)) }

    /// Encodes the message as JSON, into a buffer of its own.
    ///
    /// - Throws: `JSONEncodingError`.
    package func jsonBuffer() throws -> ByteBuffer { try (self.jsonUTF8Bytes() as BufferBytes).buffer }
}

/// A buffer as SwiftProtobuf reads and writes it: the readable bytes.
private struct BufferBytes: SwiftProtobufContiguousBytes {
    var buffer: ByteBuffer

    init(buffer: ByteBuffer) { self.buffer = buffer }
    init(repeating byte: UInt8, count: Int) { self.buffer = ByteBuffer(repeating: byte, count: count) }
    init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 { self.buffer = ByteBuffer(bytes: bytes) }

    var count: Int { self.buffer.readableBytes }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try self.buffer.withUnsafeReadableBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
        try self.buffer.withUnsafeMutableReadableBytes(body)
    }
}
