public import Goridge
public import RoadRunnerRuntime

/// A client sent data that the handler cannot decode.
///
/// A handler that does not catch it answers with ``CentrifugoClientError/badRequest``; nothing is reported. The refresh of a
/// connection or subscription fails, and leaves it as it is.
public struct EventPayloadError: RoadRunnerError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case undecodable }
        private let kind: Kind

        /// The data is not a value of the type.
        public static let undecodable = Code(kind: .undecodable)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .undecodable }
    /// The decoder's error.
    public let underlying: (any Error)?
    private let type: String

    init(underlying: any Error, type: String) {
        self.underlying = underlying
        self.type = type
    }

    public var description: String { "the client's data is not a \(self.type)\(self.underlying.map { ": \($0)" } ?? "")" }
}

extension EventPayloadError: AttributableError {
    /// The fault is the client's.
    public var fault: Fault { .client }
}
