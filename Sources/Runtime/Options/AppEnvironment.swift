/// The value of `APP_ENV`.
public struct AppEnvironment: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The default: errors are not shown to clients.
    public static let production = AppEnvironment(rawValue: "production")
    /// `APP_DEBUG` is on unless it says otherwise.
    public static let development = AppEnvironment(rawValue: "development")
    /// Automated tests.
    public static let testing = AppEnvironment(rawValue: "testing")

    public var description: String { self.rawValue }
}
