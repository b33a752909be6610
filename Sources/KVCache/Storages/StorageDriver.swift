/// The driver of a storage: the key `driver` in `.rr.yaml`. Drivers differ in the operations and keys that they support.
public struct StorageDriver: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// In RoadRunner's memory.
    public static let memory = StorageDriver(rawValue: "memory")
    /// A file of RoadRunner's.
    public static let boltdb = StorageDriver(rawValue: "boltdb")
    /// A Redis or Valkey server, or a cluster.
    public static let redis = StorageDriver(rawValue: "redis")
    /// Memcached servers.
    public static let memcached = StorageDriver(rawValue: "memcached")
    /// Not known: only what every driver supports is done.
    static let unknown = StorageDriver(rawValue: "unknown")

    /// Whether a value that is stored without an end keeps the end of the one before it, and is deleted then.
    var keepsOlderEnds: Bool { self == .boltdb || self == .unknown }

    /// Whether ends are forgotten when RoadRunner restarts, and entries then last for ever: they need an end of their own.
    var forgetsEnds: Bool { self == .boltdb || self == .unknown }

    /// Whether two that clear the storage at the same time end RoadRunner.
    var mustBeClearedAlone: Bool { self == .memory || self == .unknown }

    /// Whether RoadRunner's own call changes an entry's end and nothing else. In memory it replaces the value.
    var canExpire: Bool { self == .boltdb || self == .redis || self == .memcached }

    /// The last second that the driver knows, since 1970; later ends are stored as none. Memcached has 32 bits for it.
    var lastSecond: Double { self == .memcached || self == .unknown ? Double(Int32.max) : .infinity }

    public var description: String { self.rawValue }

    /// In bytes of UTF-8. Source: memcached's protocol; `MaxKeySize` of bbolt.
    private var maximumKeyLength: Int {
        switch self {
        case .memcached: 250
        case .boltdb: 32_768
        default: 65_535
        }
    }

    /// - Returns: what is wrong with a key; nil when nothing is.
    func objection(to key: String) -> String? {
        // RoadRunner trims keys before it looks whether they are empty.
        let isPlain = key.utf8.first.map { (0x21...0x7E).contains($0) } ?? false
        guard isPlain || key.contains(where: { !$0.isWhitespace }) else { return "a key must not be blank" }
        guard key.utf8.count <= self.maximumKeyLength else {
            return "it has \(key.utf8.count) bytes; the driver \"\(self)\" takes keys of up to \(self.maximumKeyLength)"
        }
        if self == .memcached, key.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "memcached takes no keys with spaces or control characters"
        }
        return nil
    }
}
