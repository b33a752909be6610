import HTTPTypes

/// Remembers the header names of earlier requests, which come again and again: making one again validates it, lowers its
/// case and allocates two strings.
///
/// Open addressing with one place per hash; a name that finds its place taken moves in. Belongs to one thread.
struct HeaderNameCache {
    /// Names up to this length are remembered, in bytes.
    private static let maximumLength = 32
    private static let slotCount = 256

    private struct Key: Equatable {
        var a: UInt64 = 0
        var b: UInt64 = 0
        var c: UInt64 = 0
        var d: UInt64 = 0

        var slot: Int {
            var hash = self.a &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ self.b) &* 0xC2B2_AE3D_27D4_EB4F
            hash = (hash ^ self.c) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ self.d) &* 0xC2B2_AE3D_27D4_EB4F
            return Int(truncatingIfNeeded: hash >> 56)
        }
    }

    private var keys = [Key](repeating: Key(), count: slotCount)
    private var names = [HTTPField.Name?](repeating: nil, count: slotCount)

    /// The name that `bytes` spell, or nil when they are not a header name.
    mutating func name(_ bytes: UnsafeRawBufferPointer) -> HTTPField.Name? {
        guard !bytes.isEmpty, bytes.count <= Self.maximumLength else {
            return HTTPField.Name(String(decoding: bytes, as: UTF8.self))
        }
        var key = Key()
        // A name has no zero bytes, so that padding with them keeps names of different lengths apart.
        withUnsafeMutableBytes(of: &key) { $0.copyMemory(from: bytes) }
        let slot = key.slot
        if self.keys[slot] == key, let name = self.names[slot] { return name }
        guard let name = HTTPField.Name(String(decoding: bytes, as: UTF8.self)) else { return nil }
        self.keys[slot] = key
        self.names[slot] = name
        return name
    }
}
