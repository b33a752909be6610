/// An error that specifies whose fault it is.
public protocol AttributableError: Error {
    /// Whose fault the error is, unless the exchange was cancelled.
    var fault: Fault { get }
}
