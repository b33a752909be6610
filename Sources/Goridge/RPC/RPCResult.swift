import NIOCore

/// A parsed frame from RoadRunner's RPC. The method's name in it is ignored.
enum RPCResult {
    case result(ByteBuffer)
    case error(String)

    /// The longest error message that is kept, since messages are logged.
    private static let maximumErrorLength = 16 * 1024

    /// - Returns: the sequence number; nil when the frame cannot be a response.
    static func sequenceNumber(of frame: Frame) -> UInt32? {
        let known: Frame.Flags = [.proto, .json, .raw, .error]
        guard
            frame.options.count == 2, frame.flags.isSubset(of: known), frame.stream.isEmpty,
            Int(frame.options[1]) <= frame.payload.readableBytes
        else { return nil }
        return frame.options[0]
    }

    /// - Parameter frame: one that has a sequence number.
    init?(_ frame: Frame, codec: RPCCodec) {
        guard frame.flags.subtracting(.error) == codec.flag else { return nil }
        var payload = frame.payload
        payload.moveReaderIndex(forwardBy: Int(frame.options[1]))
        if frame.flags.contains(.error) {
            self = .error(
                String(
                    buffer: payload.getSlice(at: payload.readerIndex, length: min(payload.readableBytes, Self.maximumErrorLength))
                        ?? payload))
        } else {
            self = .result(payload)
        }
    }
}
