import CProcess
import CSlot
import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The memory that a host shares with its slots. C accesses its bytes atomically; it stays mapped until the process ends.
struct SlotMemory: @unchecked Sendable {
    /// The descriptor by which slots get the memory.
    let descriptor: CInt
    private let bytes: UnsafeMutablePointer<UInt8>

    init() throws(SystemCallError) {
        var descriptor: CInt = -1
        guard let bytes = roadrunner_shared_make_memory(&descriptor) else { throw SystemCallError("memfd_create", errno: errno) }
        self.bytes = bytes
        self.descriptor = descriptor
    }

    /// Records that the host serves: slots need not give up when it ends.
    func noteService() { roadrunner_shared_serves(self.bytes) }

    func activity(at place: Int) -> SlotActivity { SlotActivity(pointer: self.bytes + place) }
}
