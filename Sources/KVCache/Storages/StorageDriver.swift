/// The driver of a storage: the key `driver` in `.rr.yaml`. Drivers differ in the operations and keys that they support.
public struct StorageDriver: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// The driver's name in `.rr.yaml`.
    public let rawValue: String
    /// Creates a driver with the name that `.rr.yaml` has.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Entries are kept in RoadRunner's memory.
    public static let memory = StorageDriver(rawValue: "memory")
    /// Entries are kept in a file of RoadRunner's.
    public static let boltdb = StorageDriver(rawValue: "boltdb")
    /// Entries are kept on a Redis or Valkey server or cluster.
    public static let redis = StorageDriver(rawValue: "redis")
    /// Entries are kept on memcached servers.
    public static let memcached = StorageDriver(rawValue: "memcached")
    /// The driver is not known: only operations that every driver supports are used.
    static let unknown = StorageDriver(rawValue: "unknown")

    /// Whether a value that is stored without an expiry inherits that of the previous value, and is deleted then.
    var keepsOlderEnds: Bool { self == .boltdb || self == .unknown }

    /// Whether expiry is lost when RoadRunner restarts, and entries then last for ever: they need their own.
    var forgetsEnds: Bool { self == .boltdb || self == .unknown }

    /// Whether two tasks that clear the storage at the same time crash RoadRunner.
    var mustBeClearedAlone: Bool { self == .memory || self == .unknown }

    /// Whether RoadRunner's own call changes an entry's expiry and nothing else. In memory it replaces the value.
    var canExpire: Bool { self == .boltdb || self == .redis || self == .memcached }

    /// The last second that the driver supports, since 1970; a later expiry is stored as none. Memcached has 32 bits for it.
    var lastSecond: Double { self == .memcached || self == .unknown ? Double(Int32.max) : .infinity }

    public var description: String { self.rawValue }

    /// The maximum length of a key in bytes of UTF-8. Source: memcached's protocol; `MaxKeySize` of bbolt.
    private var maximumKeyLength: Int {
        switch self {
        case .memcached: 250
        case .boltdb: 32_768
        default: 65_535
        }
    }

    /// - Returns: what is wrong with a key; nil for a valid one.
    func objection(to key: String) -> String? {
        // RoadRunner trims keys before it checks whether they are empty.
        let isPlain = key.utf8.first.map { (0x21...0x7E).contains($0) } ?? false
        guard isPlain || key.contains(where: { !$0.isWhitespace }) else { return "a key must not be blank" }
        guard key.utf8.count <= self.maximumKeyLength else {
            return "it has \(key.utf8.count) bytes; the driver \"\(self)\" accepts keys of up to \(self.maximumKeyLength)"
        }
        if self == .memcached, key.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "memcached accepts no keys with spaces or control characters"
        }
        return nil
    }
}
