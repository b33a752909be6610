import Goridge

/// The error that prevented the application from being built.
package struct BootFailure: Error, CustomStringConvertible {
    package let underlying: any Error
    package var description: String { self.underlying.typedDescription }
}
