/// An error of a remote call.
public struct RPCError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case noSuchStorage, unknownMethod, unsupported, remote, timeout, disconnected, unreachable, malformedResponse
            case refused, tooLarge, tooManyCalls, closed
        }
        private let kind: Kind

        /// RoadRunner has no key-value storage of that name.
        public static let noSuchStorage = Code(kind: .noSuchStorage)
        /// RoadRunner has no such plugin, or the plugin has no such method.
        public static let unknownMethod = Code(kind: .unknownMethod)
        /// The storage's driver does not support the operation.
        public static let unsupported = Code(kind: .unsupported)
        /// RoadRunner answered with another error; ``RPCError/text`` has its message.
        public static let remote = Code(kind: .remote)
        /// No response came in time. The call may still have been carried out.
        public static let timeout = Code(kind: .timeout)
        /// The connection ended before the response came. The call may still have been carried out.
        public static let disconnected = Code(kind: .disconnected)
        /// There is no connection: the call was not sent.
        public static let unreachable = Code(kind: .unreachable)
        /// The received bytes are not a response, and the connection was closed; or the response was too long, and was dropped. The
        /// call may still have been carried out.
        public static let malformedResponse = Code(kind: .malformedResponse)
        /// The call was not sent, because it is ill-formed or known to crash RoadRunner.
        public static let refused = Code(kind: .refused)
        /// The arguments are longer than a frame can be; the call was not sent.
        public static let tooLarge = Code(kind: .tooLarge)
        /// Too many calls or bytes are already pending; the call was not sent.
        public static let tooManyCalls = Code(kind: .tooManyCalls)
        /// The client was closed; the call was not sent.
        public static let closed = Code(kind: .closed)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The method that was called, such as `kv.MGet`.
    public let method: String
    /// RoadRunner's own message, if it responded. Lines after the first begin with a tab.
    public let text: String?
    /// A description of the error: what was wrong, and what to do.
    public let description: String

    package init(_ code: Code, method: String, _ reason: String) {
        self.code = code
        self.method = method
        self.text = nil
        self.description = "\(method): \(reason)"
    }

    /// - Parameter text: RoadRunner's error message. Its prefixes (kinds and plugins) depend on the version, so codes are found by
    ///   substrings.
    package init(method: String, remote text: String) {
        let hint: String
        (self.code, hint) = Self.classify(text)
        self.method = method
        self.text = text
        self.description = "\(method): RoadRunner answered: \(text)\(hint)"
    }

    private static func classify(_ text: String) -> (Code, hint: String) {
        if text.contains("no such storage") || text.contains("no storage provided") {
            return (.noSuchStorage, ". Its name must be a key of the section \"kv\" in .rr.yaml")
        }
        if text.contains("can't find service") {
            return (.unknownMethod, ". The plugin must have a section in .rr.yaml, and be part of this RoadRunner")
        }
        if text.contains("can't find method") || text.contains("request ill-formed") { return (.unknownMethod, "") }
        if text.contains("not valid request for memcached") { return (.unsupported, "") }
        return (.remote, "")
    }
}
