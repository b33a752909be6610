/// The key of a value that a middleware keeps with a request.
///
/// The value must keep neither the request's logger nor a context: both refer to the request, which would keep itself alive.
package protocol RequestStateKey { associatedtype Value: Sendable }
