import CProcess
import CSlot

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The byte that shows a slot whose host has died whether RoadRunner waits for something from it.
///
/// It is busy from before anything is read until everything that is owed for it was passed to the system. C accesses it atomically.
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
