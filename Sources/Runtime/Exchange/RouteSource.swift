/// Provides the route of a request, once there is one.
public protocol RouteSource: AnyObject, Sendable {
    /// The pattern that the path matched, such as `/articles/{id}`.
    var route: String? { get }
}
