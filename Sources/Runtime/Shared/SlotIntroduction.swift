import CSlot
import Goridge

/// The introduction of a slot.
struct SlotIntroduction: Sendable {
    let processID: Int32
    /// The relay; nil when the host must connect in the slot's place.
    let relay: RelayDescriptors?
    let standardError: CInt
    /// Whether another host has served the slot.
    let wasServed: Bool
    /// Whether another program runs between RoadRunner and the slot.
    let isWrapped: Bool

    init(_ hello: roadrunner_hello) {
        self.processID = hello.pid
        self.standardError = hello.standard_error
        self.relay = hello.input >= 0 ? RelayDescriptors(input: hello.input, output: hello.output) : nil
        self.wasServed = hello.flags & UInt32(ROADRUNNER_SLOT_WAS_SERVED) != 0
        self.isWrapped = hello.flags & UInt32(ROADRUNNER_SLOT_IS_WRAPPED) != 0
    }
}
