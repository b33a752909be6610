/// The value of `APP_ENV`.
public struct AppEnvironment: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Production, the default: errors are not shown to clients.
    public static let production = AppEnvironment(rawValue: "production")
    /// Development: `APP_DEBUG` is on by default.
    public static let development = AppEnvironment(rawValue: "development")
    /// Automated tests.
    public static let testing = AppEnvironment(rawValue: "testing")

    public var description: String { self.rawValue }
}
