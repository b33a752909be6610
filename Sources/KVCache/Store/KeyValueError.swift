public import Goridge
import RoadRunnerRuntime

/// A key-value operation failed. When RoadRunner itself refuses, the error is an `RPCError`.
public struct KeyValueError: RoadRunnerError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case unknownStorage, invalidKey, invalidTimeToLive, unencodable, undecodable, cannotOpen, malformedEntry, notLocked
            case deadlock, lockLost, unsupported
        }
        private let kind: Kind

        /// RoadRunner's configuration has no storage of that name.
        public static let unknownStorage = Code(kind: .unknownStorage)
        /// The key is blank, too long, or has characters that the storage's driver does not accept. Nothing was sent.
        public static let invalidKey = Code(kind: .invalidKey)
        /// The time to live is zero, negative, or ends after the year 9999. Nothing was sent.
        public static let invalidTimeToLive = Code(kind: .invalidTimeToLive)
        /// The store's coder cannot encode the value.
        public static let unencodable = Code(kind: .unencodable)
        /// The stored value is not of the requested type.
        public static let undecodable = Code(kind: .undecodable)
        /// The store's keys cannot open the stored value, or it was tampered with.
        public static let cannotOpen = Code(kind: .cannotOpen)
        /// The stored value claims to be from this package, but is damaged.
        public static let malformedEntry = Code(kind: .malformedEntry)
        /// The lock was not acquired in time.
        public static let notLocked = Code(kind: .notLocked)
        /// The call would wait for itself: it was made while its task held the same lock or computed the same value.
        public static let deadlock = Code(kind: .deadlock)

        /// The lock ended before the work that it protected, so another task may have held it.
        public static let lockLost = Code(kind: .lockLost)
        /// The storage's driver does not support the operation. Nothing was changed.
        public static let unsupported = Code(kind: .unsupported)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The storage that the error concerns.
    public let storage: String
    /// The key that the error concerns, with the store's prefix. It may be a secret: do not log it.
    public let key: String?
    /// The error's message: what was wrong, and what to do. It never contains values, and of the key only its beginning and a
    /// fingerprint.
    public let description: String
    /// The underlying error.
    public let underlying: (any Error)?

    package init(_ code: Code, storage: String, key: String? = nil, _ reason: String, underlying: (any Error)? = nil) {
        self.code = code
        self.storage = storage
        self.key = key
        let place = key.map { "key \(KeyLabel($0)) of storage \"\(storage)\"" } ?? "storage \"\(storage)\""
        self.description = "\(place): \(reason)"
        self.underlying = underlying
    }
}

extension KeyValueError: UnreadableEntryError {
    package var isUnreadable: Bool { [.undecodable, .cannotOpen, .malformedEntry].contains(self.code) }
}

/// Code that walks an error's properties (`dump`, debug pages, error reporters) finds neither the key nor a decoding error, which
/// may quote the value.
extension KeyValueError: CustomReflectable {
    public var customMirror: Mirror {
        var children: [(label: String?, value: Any)] = [
            ("code", self.code), ("storage", self.storage), ("description", self.description),
        ]
        if let underlying, ![.undecodable, .unencodable].contains(self.code) { children.append(("underlying", underlying)) }
        return Mirror(self, children: children, displayStyle: .struct)
    }
}
