public import Goridge

/// A key cannot be used, or a value cannot be opened. The error never contains secrets or values.
public struct EncryptionError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case missingFile, unreadableFile, unwritableFile, fileExists, wrongLength, mismatchedKeys
            case unknownFormat, unknownKey, notAuthentic, unavailable
        }
        private let kind: Kind

        /// There is no key file at the path.
        public static let missingFile = Code(kind: .missingFile)
        /// The key file cannot be read.
        public static let unreadableFile = Code(kind: .unreadableFile)
        /// The key file cannot be written.
        public static let unwritableFile = Code(kind: .unwritableFile)
        /// A file exists at the path, which is not replaced.
        public static let fileExists = Code(kind: .fileExists)
        /// The key has the wrong length.
        public static let wrongLength = Code(kind: .wrongLength)
        /// The public key does not belong to the secret key: the file is damaged, or has them in the wrong order.
        public static let mismatchedKeys = Code(kind: .mismatchedKeys)
        /// The value is too short to be sealed, or was not sealed by this envelope.
        public static let unknownFormat = Code(kind: .unknownFormat)
        /// The value was sealed with a key that the envelope does not have.
        public static let unknownKey = Code(kind: .unknownKey)
        /// The value was tampered with, belongs to another entry, or was sealed with another key.
        public static let notAuthentic = Code(kind: .notAuthentic)
        /// libsodium cannot be used.
        public static let unavailable = Code(kind: .unavailable)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The error's message: what was wrong, and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
