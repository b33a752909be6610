/// The value of `APP_RUNTIME`.
public struct RuntimeName: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// The name, as in `APP_RUNTIME`.
    public let rawValue: String

    /// Creates a name, which must be one of a runtime.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A worker of one of RoadRunner's pools, which is the default there.
    public static let roadrunner = RuntimeName(rawValue: "roadrunner")
    /// One process behind all workers of a pool.
    public static let shared = RuntimeName(rawValue: "shared")
    /// A server without RoadRunner, which is the default elsewhere.
    public static let standalone = RuntimeName(rawValue: "standalone")

    /// The name.
    public var description: String { self.rawValue }
}
