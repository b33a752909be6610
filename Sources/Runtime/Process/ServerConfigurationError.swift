public import Goridge

/// RoadRunner's configuration could be read neither from RoadRunner nor from its file.
public struct ServerConfigurationError: RoadRunnerError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unavailable }
        private let kind: Kind

        /// Neither RoadRunner nor its file can be read.
        public static let unavailable = Code(kind: .unavailable)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .unavailable }
    /// The reason why the file could not be read.
    public let file: any Error
    /// The reason why RoadRunner could not be asked.
    public let remote: any Error
    /// The error of the file, which can be fixed when RoadRunner does not answer.
    public var underlying: (any Error)? { self.file }

    public var description: String {
        "RoadRunner's configuration is not known. RoadRunner could not be asked: \(self.remote). Its file could not be read: \(self.file)"
    }
}
