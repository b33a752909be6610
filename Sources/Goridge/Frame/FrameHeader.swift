package import NIOCore

/// The fixed part of a frame's header. No other code depends on its layout.
package enum FrameHeader {
    package static let version: UInt8 = 1
    /// The length of a header without options.
    package static let baseSize = 12

    /// Returns the CRC-32 (IEEE 802.3, as in zlib) of the six bytes that a frame's checksum covers.
    package static func checksum(versionAndWords: UInt8, flags: UInt8, payloadLength: UInt32) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        crc = Self.step(crc, versionAndWords)
        crc = Self.step(crc, flags)
        crc = Self.step(crc, UInt8(truncatingIfNeeded: payloadLength))
        crc = Self.step(crc, UInt8(truncatingIfNeeded: payloadLength >> 8))
        crc = Self.step(crc, UInt8(truncatingIfNeeded: payloadLength >> 16))
        crc = Self.step(crc, UInt8(truncatingIfNeeded: payloadLength >> 24))
        return ~crc
    }

    @inline(__always)
    private static func step(_ crc: UInt32, _ byte: UInt8) -> UInt32 {
        Self.table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 {
            value = value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
        }
        return value
    }

    /// Bytes 0...7 and 8...11 as two little-endian integers.
    @inline(__always)
    private static func words(
        flags: Frame.Flags, stream: Frame.StreamFlags, optionCount: Int, payloadLength: UInt32
    ) -> (low: UInt64, high: UInt32) {
        let versionAndWords = Self.version << 4 | UInt8(truncatingIfNeeded: 3 + optionCount)
        let crc = Self.checksum(versionAndWords: versionAndWords, flags: flags.rawValue, payloadLength: payloadLength)
        let low =
            UInt64(versionAndWords) | UInt64(flags.rawValue) << 8 | UInt64(payloadLength) << 16
            | UInt64(crc & 0xFFFF) << 48
        return (low, crc >> 16 | UInt32(stream.rawValue) << 16)
    }

    /// Writes a header with one option at the beginning of `memory`, which has room for it.
    @inline(__always)
    static func store(
        in memory: UnsafeMutableRawBufferPointer, flags: Frame.Flags, stream: Frame.StreamFlags, option: UInt32,
        payloadLength: UInt32
    ) {
        let (low, high) = Self.words(flags: flags, stream: stream, optionCount: 1, payloadLength: payloadLength)
        memory.storeBytes(of: low.littleEndian, toByteOffset: 0, as: UInt64.self)
        memory.storeBytes(of: high.littleEndian, toByteOffset: 8, as: UInt32.self)
        memory.storeBytes(of: option.littleEndian, toByteOffset: Self.baseSize, as: UInt32.self)
    }

    /// Writes header and options at `index` of `buffer`, into space reserved for them.
    ///
    /// - Parameter payloadLength: at most `UInt32.max`; the caller has checked it.
    package static func set(
        in buffer: inout ByteBuffer,
        at index: Int,
        flags: Frame.Flags,
        stream: Frame.StreamFlags,
        options: FrameOptions,
        payloadLength: UInt32
    ) {
        let (low, high) = Self.words(flags: flags, stream: stream, optionCount: options.count, payloadLength: payloadLength)
        buffer.setInteger(low, at: index, endianness: .little)
        buffer.setInteger(high, at: index + 8, endianness: .little)
        var position = index + Self.baseSize
        for option in options {
            buffer.setInteger(option, at: position, endianness: .little)
            position += 4
        }
    }
}

extension ByteBuffer {
    /// Appends a complete frame.
    ///
    /// - Throws: ``FrameError/Code/payloadTooLarge`` for payloads over `UInt32.max` bytes, which the format cannot express.
    package mutating func writeFrame(_ frame: Frame) throws(FrameError) {
        guard let length = UInt32(exactly: frame.payload.readableBytes) else {
            throw FrameError.payloadTooLarge(frame.payload.readableBytes, limit: Int(UInt32.max))
        }
        let start = self.writerIndex
        self.writeRepeatingByte(0, count: FrameHeader.baseSize + 4 * frame.options.count)
        FrameHeader.set(
            in: &self, at: start, flags: frame.flags, stream: frame.stream, options: frame.options,
            payloadLength: length)
        self.writeImmutableBuffer(frame.payload)
    }
}
