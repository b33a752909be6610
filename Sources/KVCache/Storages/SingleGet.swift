import NIOCore

/// The messages of `kv.MGet` for one key, written and read without arrays, and without copying the value.
///
/// The reader of requests is not used here, since it is only fast within its own module.
///
/// Source: `kv.proto` of RoadRunner's API; the encoding of protobuf.
enum SingleGet {
    /// The response is not a message of its kind.
    struct Malformed: Error {}

    /// `Request { storage = 1; items = 2 }`, with one `Item { key = 1 }`.
    static func request(storage: String, key: String) -> ByteBuffer {
        let (storage, key) = (storage.utf8, key.utf8)
        let keySize = key.isEmpty ? 0 : 1 + Self.size(key.count) + key.count
        // A length takes ten bytes at most.
        let capacity = storage.count + keySize + 32
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { bytes in
            var end = 0
            func write(_ byte: UInt8) {
                bytes[end] = byte
                end += 1
            }
            func write(_ value: Int) {
                var value = UInt(bitPattern: value)
                while value >= 0x80 {
                    write(UInt8(truncatingIfNeeded: value) | 0x80)
                    value >>= 7
                }
                write(UInt8(truncatingIfNeeded: value))
            }
            func write(_ text: String.UTF8View, field: UInt8) {
                guard !text.isEmpty else { return }
                write(field << 3 | 2)
                write(text.count)
                UnsafeMutableRawBufferPointer(rebasing: bytes[end...]).copyBytes(from: text)
                end += text.count
            }
            write(storage, field: 1)
            write(UInt8(2 << 3 | 2))
            write(keySize)
            write(key, field: 1)
            return end
        }
        return buffer
    }

    /// The value of the first item of `Response { items = 1 }`, which is `Item { value = 2 }`; nil without an item.
    ///
    /// The value shares the memory of the response.
    static func value(_ response: ByteBuffer) throws(Malformed) -> ByteBuffer? {
        var response = response
        var value: ByteBuffer?
        while response.readableBytes > 0 {
            guard var item = try Self.field(1, of: &response), value == nil else { continue }
            // Empty bytes are omitted.
            var found = ByteBuffer()
            while item.readableBytes > 0 { if let bytes = try Self.field(2, of: &item) { found = bytes } }
            value = found
        }
        return value
    }

    /// Reads one field.
    ///
    /// - Returns: its bytes, if it is the requested one.
    private static func field(_ wanted: UInt64, of message: inout ByteBuffer) throws(Malformed) -> ByteBuffer? {
        let tag = try Self.varint(&message)
        switch tag & 7 {
        case 0:
            _ = try Self.varint(&message)
            return nil
        case 1: return try Self.skip(8, &message)
        case 5: return try Self.skip(4, &message)
        case 2:
            let length = try Self.varint(&message)
            guard let length = Int(exactly: length), let bytes = message.readSlice(length: length) else { throw Malformed() }
            return tag >> 3 == wanted ? bytes : nil
        default: throw Malformed()
        }
    }

    private static func skip(_ count: Int, _ message: inout ByteBuffer) throws(Malformed) -> ByteBuffer? {
        guard message.readSlice(length: count) != nil else { throw Malformed() }
        return nil
    }

    private static func varint(_ message: inout ByteBuffer) throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte: UInt8 = message.readInteger() else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    private static func size(_ value: Int) -> Int { max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7) }
}
