import HTTPTypes

/// Remembers whole header lines of earlier requests, as HTTP/2's header compression does: clients repeat most of theirs, and
/// making one again validates it and allocates its strings.
///
/// A line is looked up by the very bytes that encode it. One place per hash; a line that finds its place taken moves in.
/// Belongs to one thread.
struct HeaderLineCache {
    /// Longer lines are not remembered, in bytes.
    private static let maximumLength = 192
    private static let slotCount = 256

    private struct Slot {
        var length = 0
        var field: HTTPField?
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    /// The bytes of each slot's line, side by side.
    private var bytes = [UInt8](repeating: 0, count: slotCount * maximumLength)

    /// Grows whenever a line moves in, so that what was derived from the lines before can be told to be out of date.
    private(set) var version: UInt64 = 0

    /// Where a line has its place; nil when it is too long to have one.
    struct Place: Comparable {
        fileprivate let slot: Int
        var number: UInt64 { UInt64(truncatingIfNeeded: self.slot) }
        static func < (left: Place, right: Place) -> Bool { left.slot < right.slot }
    }

    func place(of line: UnsafeRawBufferPointer) -> Place? {
        guard line.count <= Self.maximumLength else { return nil }
        var hash = UInt64(truncatingIfNeeded: line.count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index &+ 8 <= line.count {
            hash = (hash ^ line.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0xC2B2_AE3D_27D4_EB4F
            hash ^= hash >> 29
            index &+= 8
        }
        while index < line.count {
            hash = (hash ^ UInt64(line[index])) &* 0x9E37_79B9_7F4A_7C15
            index &+= 1
        }
        return Place(slot: Int(truncatingIfNeeded: (hash ^ hash >> 32) & UInt64(Self.slotCount - 1)))
    }

    /// Whether this very line is the one remembered there.
    func has(_ line: UnsafeRawBufferPointer, at place: Place) -> Bool {
        guard self.slots[place.slot].length == line.count else { return false }
        let start = place.slot * Self.maximumLength
        return self.bytes.withUnsafeBytes { bytes in
            Self.areEqual(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + line.count)]), line)
        }
    }

    func field(at place: Place) -> HTTPField? { self.slots[place.slot].field }

    mutating func remember(_ field: HTTPField, at place: Place, for line: UnsafeRawBufferPointer) {
        // What authenticates a client is not kept longer than its request.
        guard field.name != .authorization, field.name != .cookie, field.name != .proxyAuthorization else { return }
        let start = place.slot * Self.maximumLength
        self.bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + line.count)]).copyMemory(from: line)
        }
        self.slots[place.slot] = Slot(length: line.count, field: field)
        self.version &+= 1
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index &+ 8 <= left.count {
            if left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            {
                return false
            }
            index &+= 8
        }
        while index < left.count {
            if left[index] != right[index] { return false }
            index &+= 1
        }
        return true
    }
}
