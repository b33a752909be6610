import Goridge

/// The name of a lock at RoadRunner.
///
/// RoadRunner keeps every name that was ever locked until it exits. The package's own locks therefore have few names, which keys
/// share by a hash.
struct LockName: Sendable, Hashable {
    /// The purposes of the package's own locks.
    enum Purpose: String, Sendable { case compute, create, clear }

    /// The number of names per purpose and storage.
    static let stripeCount: UInt64 = 4096

    private let exact: ExactString
    var resource: String { self.exact.text }
    /// Whether other keys may share the lock.
    let isStripe: Bool

    private init(_ resource: String, isStripe: Bool) {
        self.exact = ExactString(resource)
        self.isStripe = isStripe
    }

    /// A lock of the application's, by the name that it chose, prefix included.
    static func exact(_ storage: String, _ name: String) -> LockName {
        LockName("kv:\(storage):\(name)", isStripe: false)
    }

    /// The package's own lock for a key. No lock of the application's, and none for another purpose, has such a name.
    static func stripe(_ storage: String, _ purpose: Purpose, _ key: String) -> LockName {
        LockName("kv#\(storage):\(purpose.rawValue):\(Self.hash(key) % Self.stripeCount)", isStripe: true)
    }

    /// The package's own lock for a whole storage.
    static func storage(_ storage: String, _ purpose: Purpose) -> LockName {
        LockName("kv#\(storage):\(purpose.rawValue)", isStripe: false)
    }

    /// An id for one holder.
    static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return String(random.next(), radix: 36) + String(random.next(), radix: 36)
    }

    /// FNV-1a: the same in every process.
    static func hash(_ key: String) -> UInt64 {
        key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
