#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Remembers the last few bytes that became a string: mostly the next request has the same. Belongs to one thread.
struct TextCache {
    /// The length in bytes up to which strings are remembered.
    private static let maximumLength = 64

    private var bytes: [UInt8] = []
    private var text = ""

    @inline(__always)
    mutating func text(of bytes: UnsafeRawBufferPointer) -> String {
        self.bytes.areEqual(to: bytes) ? self.text : self.remember(bytes)
    }

    @inline(never)
    private mutating func remember(_ bytes: UnsafeRawBufferPointer) -> String {
        let text = bytes.text
        if bytes.count <= Self.maximumLength {
            self.bytes = Array(bytes)
            self.text = text
        }
        return text
    }
}

extension [UInt8] {
    @inline(__always)
    func areEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard self.count == other.count else { return false }
        return self.withUnsafeBytes { own in
            // An empty buffer has no base address.
            guard let own = own.baseAddress, let other = other.baseAddress else { return true }
            return memcmp(own, other, self.count) == 0
        }
    }
}
