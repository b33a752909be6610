/// The shape of this package's errors: a code for programs, a description for people, and the underlying error.
///
/// ```swift
/// import KVCache
///
/// do {
///     try await cache.set("hello", for: "greeting")
/// } catch let error as KeyValueError where error.code == .invalidKey {
///     throw HTTPError(.badRequest, message: "\(error)")
/// } catch let error as any RoadRunnerError {
///     logger.error("\(error)", metadata: ["code": "\(error.code)"])
/// }
/// ```
///
/// A description says what was wrong, where it was read, and what to do. It never contains secrets or values.
public protocol RoadRunnerError: Error, CustomStringConvertible {
    /// The kinds of the error. Minor versions may add more.
    associatedtype Code: Sendable, Hashable, CustomStringConvertible

    /// The kind of error.
    var code: Code { get }
    /// The underlying error, if there is one.
    var underlying: (any Error)? { get }
}

extension RoadRunnerError {
    public var underlying: (any Error)? { nil }
}
