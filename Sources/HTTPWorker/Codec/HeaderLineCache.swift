import HTTPTypes

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Remembers whole header lines of earlier requests, as HTTP/2's header compression does: clients repeat most of theirs, and
/// making one again validates it and allocates its strings.
///
/// A line is looked up by the very bytes that encode it, and has one place, by its hash. It moves in when it comes a second time:
/// what is different in each request (ids, times) never does. A line that is in use keeps its place. Belongs to one thread.
struct HeaderLineCache {
    /// Longer lines are not remembered, in bytes.
    private static let maximumLength = 192
    /// Shorter lines are made as fast as they are looked up, in bytes.
    private static let minimumLength = 8
    private static let slotCount = 512

    private struct Slot {
        /// Counts the lines that have moved in.
        var stamp: UInt32 = 0
        /// Of the line that has come here last without moving in.
        var candidate: UInt32 = 0
        /// 0 while nothing has moved in.
        var length = 0
        /// The line has come since another one wanted its place.
        var isInUse = false
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var fields = [HTTPField?](repeating: nil, count: slotCount)
    /// The bytes of each slot's line, side by side.
    private var bytes = [UInt8](repeating: 0, count: slotCount * maximumLength)

    /// Where a line has its place.
    struct Place {
        fileprivate let slot: Int
        /// Tells lines with the same place apart, mostly; never 0.
        fileprivate let tag: UInt32
    }

    /// Stands for one remembered line, and for none that takes its place later.
    typealias Number = UInt64

    /// Where a line has its place; nil when it is too long or too short to have one.
    ///
    /// Only its length, beginning, middle and end count. Lines that are alike in those are still told apart by ``number(of:at:)``.
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

    /// The number of this very line, if it is the one remembered there.
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

    /// The field that a remembered line makes.
    func field(of number: Number) -> HTTPField? { self.fields[Int(truncatingIfNeeded: number &>> 32) & (Self.slotCount - 1)] }

    /// Remembers a line, if it has come before. Secrets are the caller's to hold back.
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
