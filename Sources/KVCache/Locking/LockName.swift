import Goridge

/// The name of a lock, as RoadRunner has it.
///
/// RoadRunner keeps every name that was ever locked until it ends. Locks that this package takes by itself therefore have few: keys share
/// them by a hash.
struct LockName: Sendable, Hashable {
    /// The purposes for which this package takes locks by itself.
    enum Purpose: String, Sendable { case compute, create, clear }

    /// How many names a purpose has in a storage.
    static let stripeCount: UInt64 = 4096

    private let exact: ExactString
    var resource: String { self.exact.text }
    /// Whether other keys may have the same lock.
    let isStripe: Bool

    private init(_ resource: String, isStripe: Bool) {
        self.exact = ExactString(resource)
        self.isStripe = isStripe
    }

    /// A lock of the application's, by the name that it has given, prefix included.
    static func exact(_ storage: String, _ name: String) -> LockName {
        LockName("kv:\(storage):\(name)", isStripe: false)
    }

    /// A lock of this package's own for a key. No lock of the application's has such a name, nor one for another purpose.
    static func stripe(_ storage: String, _ purpose: Purpose, _ key: String) -> LockName {
        LockName("kv#\(storage):\(purpose.rawValue):\(Self.hash(key) % Self.stripeCount)", isStripe: true)
    }

    /// A lock of this package's own for a whole storage.
    static func storage(_ storage: String, _ purpose: Purpose) -> LockName {
        LockName("kv#\(storage):\(purpose.rawValue)", isStripe: false)
    }

    /// Names one holder.
    static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return String(random.next(), radix: 36) + String(random.next(), radix: 36)
    }

    /// FNV-1a: the same in every process.
    static func hash(_ key: String) -> UInt64 {
        key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
