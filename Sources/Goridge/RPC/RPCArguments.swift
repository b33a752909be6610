package import NIOCore

/// The encoded arguments of a call.
///
/// Arguments that contain an expiry are encoded again when they are sent, if they had to wait for a connection or for a busy loop.
package struct RPCArguments: Sendable {
    /// The age up to which arguments are sent without being encoded again, in nanoseconds.
    package static let maximumAge: UInt64 = 100_000_000

    package let encoded: ByteBuffer
    private let encodedAt: UInt64
    private let encodeAgain: (@Sendable () -> ByteBuffer)?

    /// Creates arguments that do not depend on the time.
    package init(_ encoded: ByteBuffer) {
        self.encoded = encoded
        self.encodedAt = 0
        self.encodeAgain = nil
    }

    /// Creates arguments that depend on the time.
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
