import HTTPTypes

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Remembers whole header lines of earlier requests, as HTTP/2's header compression does: clients repeat most of theirs, and
/// creating one validates it and allocates its strings.
///
/// A line is looked up by its encoded bytes, and has one slot, determined by its hash. It is stored when it comes a second time:
/// values that differ in each request (ids, times) never are. A line that is in use keeps its slot. Belongs to one thread.
///
/// It lowers the CPU time of a request from 5.6 to 4.2 times the limit (`Benchmarks/RESULTS.md`, "Experiments").
struct HeaderLineCache {
    /// The length in bytes up to which lines are remembered.
    private static let maximumLength = 192
    /// The length in bytes below which decoding is as fast as a look-up.
    private static let minimumLength = 8
    private static let slotCount = 512

    private struct Slot {
        /// The number of lines that this slot has stored.
        var stamp: UInt32 = 0
        /// The tag of the line that last came here without being stored.
        var candidate: UInt32 = 0
        /// The length of the stored line; 0 while there is none.
        var length = 0
        /// Whether the line has come again since another one wanted its slot.
        var isInUse = false
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var fields = [HTTPField?](repeating: nil, count: slotCount)
    /// The bytes of each slot's line, side by side.
    private var bytes = [UInt8](repeating: 0, count: slotCount * maximumLength)

    /// The slot of a line.
    struct Place {
        fileprivate let slot: Int
        /// Distinguishes lines of the same slot, mostly; never 0.
        fileprivate let tag: UInt32
    }

    /// Identifies one remembered line, and none that replaces it later.
    typealias Number = UInt64

    /// Returns the slot of a line; nil when the line is too long or too short to have one.
    ///
    /// Only its length, beginning, middle and end are hashed. Lines that agree in those are still distinguished by
    /// ``number(of:at:)``.
    @inline(__always)
    func place(of line: UnsafeRawBufferPointer) -> Place? {
        let count = line.count
        guard count <= Self.maximumLength, count >= Self.minimumLength, let start = line.baseAddress else { return nil }
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        hash = Self.mix(hash, start.loadUnaligned(as: UInt64.self))
        hash = Self.mix(hash, start.loadUnaligned(fromByteOffset: (count &- 8) &>> 1, as: UInt64.self))
        hash = Self.mix(hash, start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        return Place(
            slot: Int(truncatingIfNeeded: hash & UInt64(Self.slotCount - 1)), tag: UInt32(truncatingIfNeeded: hash &>> 32) | 1)
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let mixed = (hash ^ word) &* 0xC2B2_AE3D_27D4_EB4F
        return mixed ^ mixed &>> 29
    }

    /// Returns the number of exactly this line, if it is the one remembered there.
    @inline(__always)
    mutating func number(of line: UnsafeRawBufferPointer, at place: Place) -> Number? {
        guard self.slots[place.slot].length == line.count, self.isRemembered(line, place.slot) else { return nil }
        self.slots[place.slot].isInUse = true
        return UInt64(truncatingIfNeeded: place.slot) &<< 32 | UInt64(self.slots[place.slot].stamp)
    }

    @inline(__always)
    private func isRemembered(_ line: UnsafeRawBufferPointer, _ slot: Int) -> Bool {
        self.bytes.withUnsafeBytes { bytes in
            guard let known = bytes.baseAddress, let line = line.baseAddress else { return false }
            return memcmp(known + slot &* Self.maximumLength, line, self.slots[slot].length) == 0
        }
    }

    /// Returns the field of a remembered line.
    func field(of number: Number) -> HTTPField? { self.fields[Int(truncatingIfNeeded: number &>> 32) & (Self.slotCount - 1)] }

    /// Remembers a line, if it has come before. The caller must hold secrets back.
    mutating func remember(_ field: HTTPField, at place: Place, for line: UnsafeRawBufferPointer) {
        let slot = place.slot
        guard self.slots[slot].candidate == place.tag, !self.slots[slot].isInUse else {
            self.slots[slot].candidate = place.tag
            self.slots[slot].isInUse = false
            return
        }
        let start = slot * Self.maximumLength
        self.bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + line.count)]).copyMemory(from: line)
        }
        self.slots[slot].length = line.count
        self.slots[slot].stamp &+= 1
        self.fields[slot] = field
    }
}
