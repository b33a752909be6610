import HTTPTypes

/// Remembers the header names of earlier requests, which recur constantly: creating one validates it, lowers its case and
/// allocates two strings.
///
/// Open addressing with one slot per hash; a name that finds its slot taken replaces the old one. Belongs to one thread.
struct HeaderNameCache {
    /// The length in bytes up to which names are remembered.
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
    private var names = [Known?](repeating: nil, count: slotCount)

    struct Known {
        let name: HTTPField.Name
        /// Whether the line may be remembered: credentials are not kept longer than their request.
        let isPublic: Bool
    }

    /// Returns the name that `bytes` spell, or nil when they are not a header name.
    mutating func name(_ bytes: UnsafeRawBufferPointer) -> Known? {
        guard !bytes.isEmpty, bytes.count <= Self.maximumLength else {
            return HTTPField.Name(bytes.text).map { Known(name: $0, isPublic: false) }
        }
        var key = Key()
        // A name has no zero bytes, so padding with them keeps names of different lengths distinct.
        withUnsafeMutableBytes(of: &key) { $0.copyMemory(from: bytes) }
        let slot = key.slot
        if self.keys[slot] == key, let known = self.names[slot] { return known }
        guard let name = HTTPField.Name(bytes.text) else { return nil }
        let known = Known(name: name, isPublic: !Redaction.isSecret(name.canonicalName))
        self.keys[slot] = key
        self.names[slot] = known
        return known
    }
}
