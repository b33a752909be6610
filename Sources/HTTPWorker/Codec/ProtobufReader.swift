/// Reads the fields of one protobuf message, in order, without copying.
///
/// Every length is checked against the message, so no input can make it read beyond the end.
struct ProtobufReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    enum Field {
        case varint(UInt64)
        case bytes(UnsafeRawBufferPointer)
        /// A fixed-size number; none of the messages in use has one.
        case other
    }

    /// Returns the next field and its number, or nil at the end of the message.
    @inline(__always)
    mutating func next() throws(ProtobufError) -> (number: UInt64, field: Field)? {
        guard self.position < self.bytes.count else { return nil }
        let tag = try self.varint()
        let number = tag >> 3
        switch tag & 7 {
        case 2: return (number, .bytes(try self.lengthDelimited()))
        case 0: return (number, .varint(try self.varint()))
        case 1: try self.skip(8)
        case 5: try self.skip(4)
        case let type: throw .unknownType(type)
        }
        return (number, .other)
    }

    /// Returns the tag and the bytes of the next field, if it is of the most common kind: a low number, and fewer than 16,384
    /// bytes.
    ///
    /// Other fields are left to ``next()``.
    @inline(__always)
    mutating func nextShort() -> (tag: UInt8, bytes: UnsafeRawBufferPointer)? {
        let rest = self.bytes.count &- self.position
        guard rest >= 3, let start = self.bytes.baseAddress.map({ $0 + self.position }) else { return nil }
        let tag = start.load(as: UInt8.self)
        guard tag & 0x87 == 2 else { return nil }
        var length = Int(start.load(fromByteOffset: 1, as: UInt8.self))
        var headSize = 2
        if length >= 0x80 {
            let high = Int(start.load(fromByteOffset: 2, as: UInt8.self))
            guard high < 0x80 else { return nil }
            length = length & 0x7F | high &<< 7
            headSize = 3
        }
        guard length <= rest &- headSize else { return nil }
        self.position &+= headSize &+ length
        return (tag, UnsafeRawBufferPointer(start: start + headSize, count: length))
    }

    @inline(__always)
    private mutating func varint() throws(ProtobufError) -> UInt64 {
        if self.position < self.bytes.count {
            let byte = self.bytes[self.position]
            if byte < 0x80 {
                self.position &+= 1
                return UInt64(byte)
            }
        }
        return try self.longVarint()
    }

    @inline(never)
    private mutating func longVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard self.position < self.bytes.count else { throw .truncated }
            let byte = self.bytes[self.position]
            self.position += 1
            // A tenth byte can only add the highest bit; further bits are dropped, as protobuf requires.
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .malformedVarint
    }

    @inline(__always)
    private mutating func lengthDelimited() throws(ProtobufError) -> UnsafeRawBufferPointer {
        let length = try self.varint()
        guard length <= UInt64(self.bytes.count &- self.position) else { throw .truncated }
        let start = self.position
        self.position &+= Int(length)
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.position])
    }

    private mutating func skip(_ count: Int) throws(ProtobufError) {
        guard count <= self.bytes.count - self.position else { throw .truncated }
        self.position += count
    }
}

extension ProtobufReader.Field {
    @inline(__always)
    func bytes(of number: UInt64) throws(ProtobufError) -> UnsafeRawBufferPointer {
        guard case .bytes(let bytes) = self else { throw .unexpectedType(number) }
        return bytes
    }
}
