public import Goridge

/// Handlers are inconsistent. Found at boot.
public struct RouteError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case emptyPattern, duplicateRoute }
        private let kind: Kind

        /// A pattern is empty.
        public static let emptyPattern = Code(kind: .emptyPattern)
        /// Two handlers have the same exact name.
        public static let duplicateRoute = Code(kind: .duplicateRoute)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The kind of event.
    public let event: EventKind
    /// The error's message: what was wrong, and what to do.
    public let description: String

    init(_ code: Code, _ event: EventKind, _ reason: String) {
        self.code = code
        self.event = event
        self.description = "Centrifugo handlers for \(event.rawValue): \(reason)"
    }
}
