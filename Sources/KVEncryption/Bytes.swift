import NIOCore

enum Bytes {
    /// - Parameter body: writes to the first buffer and returns the number of bytes; nil when its input is not authentic.
    static func transform(
        _ input: ByteBuffer, capacity: Int, _ body: (UnsafeMutablePointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Int?
    ) throws -> ByteBuffer {
        // libsodium needs an address even for no bytes.
        var output = ByteBuffer()
        var isAuthentic = true
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: max(1, capacity)) { target in
            input.withUnsafeReadableBytes { source in
                guard let place = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
                guard let count = body(place, source.assumingMemoryBound(to: UInt8.self)) else {
                    isAuthentic = false
                    return 0
                }
                return count
            }
        }
        guard isAuthentic else {
            throw EncryptionError(
                .notAuthentic, "it was sealed with another key or for another entry, or was changed")
        }
        return output
    }
}
