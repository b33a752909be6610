public import NIOCore

/// A Goridge frame, the unit of communication between RoadRunner and a worker or an RPC client.
///
/// On the wire a frame is a header of 12 bytes, up to ten 32-bit options, and the payload.
/// All integers are little-endian. The checksum covers the first six bytes only.
public struct Frame: Sendable, Hashable {
    /// The flags in byte 1 of the header: the payload's codec and the kind of frame.
    public struct Flags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A command of the relay itself (pid exchange, stop), not a payload.
        public static let control = Flags(rawValue: 0x01)
        /// The payload is raw bytes.
        public static let raw = Flags(rawValue: 0x04)
        /// The payload is JSON.
        public static let json = Flags(rawValue: 0x08)
        /// The payload is MessagePack (RoadRunner 2025 and older; RPC only).
        public static let messagePack = Flags(rawValue: 0x10)
        /// The payload is Go's gob (Go clients only).
        public static let gob = Flags(rawValue: 0x20)
        /// The payload is the text of an error.
        public static let error = Flags(rawValue: 0x40)
        /// The payload is protobuf.
        public static let proto = Flags(rawValue: 0x80)
    }

    /// The flags in byte 10 of the header: streaming between a worker and RoadRunner.
    public struct StreamFlags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// More frames of the same response follow.
        public static let stream = StreamFlags(rawValue: 0x01)
        /// RoadRunner asks the worker to end its stream, since the client has left.
        public static let stop = StreamFlags(rawValue: 0x02)
        /// The worker asks for a sign of life.
        public static let ping = StreamFlags(rawValue: 0x04)
        /// RoadRunner answers a ``ping``.
        public static let pong = StreamFlags(rawValue: 0x08)
    }

    /// The flags, byte 1 of the header.
    public var flags: Flags
    /// The streaming flags, byte 10 of the header.
    public var stream: StreamFlags
    /// The options: up to ten numbers between header and payload.
    public var options: FrameOptions
    /// The payload, at most `UInt32.max` bytes.
    public var payload: ByteBuffer

    /// Creates a frame. Nothing is checked before it is written.
    public init(
        flags: Flags = [],
        stream: StreamFlags = [],
        options: FrameOptions = [],
        payload: ByteBuffer = ByteBuffer()
    ) {
        self.flags = flags
        self.stream = stream
        self.options = options
        self.payload = payload
    }
}
