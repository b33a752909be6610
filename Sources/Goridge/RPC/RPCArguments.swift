package import NIOCore

/// The encoded arguments of a call.
///
/// Those that say when something ends are encoded again when they are sent, if they have waited for it: for a connection, or for
/// a loop that was busy.
package struct RPCArguments: Sendable {
    /// Younger arguments are sent as they are, in nanoseconds.
    package static let maximumAge: UInt64 = 100_000_000

    package let encoded: ByteBuffer
    private let encodedAt: UInt64
    private let encodeAgain: (@Sendable () -> ByteBuffer)?

    /// Arguments that stay what they are.
    package init(_ encoded: ByteBuffer) {
        self.encoded = encoded
        self.encodedAt = 0
        self.encodeAgain = nil
    }

    /// Arguments that depend on the time.
    package init(encode: @escaping @Sendable () -> ByteBuffer) {
        self.encodedAt = SystemCall.monotonicNanoseconds()
        self.encoded = encode()
        self.encodeAgain = encode
    }

    func current(at now: UInt64) -> ByteBuffer {
        guard let encodeAgain, now &- self.encodedAt > Self.maximumAge else { return self.encoded }
        return encodeAgain()
    }
}
