public import Goridge

/// A code is outside the application's range.
public struct CodeRangeError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case outOfRange }
        private let kind: Kind

        /// The code is in Centrifugo's own range.
        public static let outOfRange = Code(kind: .outOfRange)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .outOfRange }
    /// The rejected code.
    public let value: UInt32
    let what: String
    let range: String

    public var description: String {
        "an application's codes for \(self.what) must be from \(self.range), not \(self.value)"
    }
}
