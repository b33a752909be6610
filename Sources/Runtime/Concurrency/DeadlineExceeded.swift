/// An operation did not end within its limit.
package struct DeadlineExceeded: Error, Hashable, CustomStringConvertible {
    /// The limit.
    package let limit: Duration

    package init(limit: Duration) { self.limit = limit }

    package var description: String { "it did not end within \(self.limit)" }
}
