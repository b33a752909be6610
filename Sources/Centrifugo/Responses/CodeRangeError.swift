public import Goridge

/// A code that is not the application's to give.
public struct CodeRangeError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case outOfRange }
        private let kind: Kind

        /// Codes of that range are Centrifugo's own.
        public static let outOfRange = Code(kind: .outOfRange)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .outOfRange }
    /// The code that was to be sent.
    public let value: UInt32
    let what: String
    let range: String

    public var description: String {
        "\(self.value) is not a code for \(self.what) of an application: they are from \(self.range)"
    }
}
