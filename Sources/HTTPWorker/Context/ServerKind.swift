/// A server that accepts requests.
package enum ServerKind: Sendable {
    case roadRunner, standalone
    /// Hummingbird's own application, or its test kit.
    case other
}
