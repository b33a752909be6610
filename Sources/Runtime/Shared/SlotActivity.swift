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

/// The byte that shows a slot whose host has died whether RoadRunner waits for something from it.
///
/// It is busy from before anything is read until everything that is owed for it was passed to the system.
package struct SlotActivity: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<UInt8>

    var isBusy: Bool { Int(roadrunner_relay_state(self.pointer)) == ROADRUNNER_RELAY_BUSY }

    func set(_ state: Int) { roadrunner_relay_set(self.pointer, UInt8(state)) }

    /// Claims the relay for this thread, unless its own thread is reading from it.
    ///
    /// - Returns: the previous state; nil when the relay was not claimed.
    func claim() -> Int? {
        let state = Int(roadrunner_relay_claim(self.pointer))
        return state < 0 ? nil : state
    }
}

/// The memory that a host shares with its slots.
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
