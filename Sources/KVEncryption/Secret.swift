import CSodium

/// Bytes in memory that libsodium guards: not swapped out, not dumped, between pages that trap, and wiped when released.
final class Secret: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // It is written before it is shared, and read-only from then on.
    private let memory: UnsafeMutableRawPointer
    let count: Int

    /// - Parameter fill: writes the secret; when it throws, the memory is wiped.
    init(count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws -> Void) throws {
        guard Self.isReady, let memory = sodium_malloc(count) else {
            throw EncryptionError(.unavailable, "libsodium has no memory for secrets; the limit for locked memory may be too low")
        }
        do {
            try fill(UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: count))
        } catch {
            sodium_free(memory)
            throw error
        }
        sodium_mprotect_readonly(memory)
        self.memory = memory
        self.count = count
    }

    deinit { sodium_free(self.memory) }

    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) {
            try body(UnsafePointer(self.memory.assumingMemoryBound(to: UInt8.self)))
        }
    }

    /// libsodium must be initialized once.
    private static let isReady = sodium_init() >= 0

    var description: String { "(secret)" }
    var debugDescription: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
