public import Goridge
public import RoadRunnerRuntime

/// A client has sent data that is not what the handler reads.
///
/// A handler that does not catch it answers with ``CentrifugoClientError/badRequest``; nothing is reported. Where a connection or subscription is
/// refreshed the call fails, and things stay as they are.
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
    /// The client's.
    public var fault: Fault { .client }
}
