/// The value of `APP_RUNTIME`.
public struct RuntimeName: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A worker of one of RoadRunner's pools, which is the default there.
    public static let roadrunner = RuntimeName(rawValue: "roadrunner")
    /// One process behind all workers of a pool.
    public static let shared = RuntimeName(rawValue: "shared")
    /// A server without RoadRunner, which is the default elsewhere.
    public static let standalone = RuntimeName(rawValue: "standalone")

    public var description: String { self.rawValue }
}
