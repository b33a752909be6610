public import Goridge

/// A call of Centrifugo's server API failed.
public struct CentrifugoAPIError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case refused, badRequest, unauthorized, notFound, tooLarge, tooManyRequests, unreachable, timedOut, serverFailed
            case unexpectedResponse
        }
        private let kind: Kind

        /// Centrifugo responded with an error: ``CentrifugoAPIError/serverCode``.
        public static let refused = Code(kind: .refused)
        /// Centrifugo does not understand the request.
        public static let badRequest = Code(kind: .badRequest)
        /// The API key is not the one that Centrifugo expects.
        public static let unauthorized = Code(kind: .unauthorized)
        /// Centrifugo has no such method, or no API at this address.
        public static let notFound = Code(kind: .notFound)
        /// The request is longer than Centrifugo, or a proxy in front of it, allows.
        public static let tooLarge = Code(kind: .tooLarge)
        /// Centrifugo, or a proxy in front of it, has too many requests at the moment.
        public static let tooManyRequests = Code(kind: .tooManyRequests)
        /// The call got no response.
        public static let unreachable = Code(kind: .unreachable)
        /// No response came in time. The call may have been carried out.
        public static let timedOut = Code(kind: .timedOut)
        /// Centrifugo, or a proxy in front of it, responded with a status of 500 or more.
        public static let serverFailed = Code(kind: .serverFailed)
        /// The response is not Centrifugo's: a redirect, or another page.
        public static let unexpectedResponse = Code(kind: .unexpectedResponse)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// Centrifugo's code: 102 for an unknown channel, 104 for an unknown method, 107 for a bad request, 108 for a feature that the
    /// channel does not offer. 0 if Centrifugo did not respond with one.
    public let serverCode: UInt32
    /// The status of the response, if the call went over HTTP and the status was not 200.
    public let status: Int?
    /// The method, such as `Publish`.
    public let method: String
    /// Centrifugo's message, or another reason.
    public let message: String

    /// Creates an error from Centrifugo's code.
    package init(serverCode: UInt32, method: String, message: String) {
        self.init(
            serverCode == Self.methodNotFound ? .notFound : .refused, serverCode: serverCode, method: method, message: message)
    }

    package init(_ code: Code, serverCode: UInt32 = 0, status: Int? = nil, method: String, message: String) {
        self.code = code
        self.serverCode = serverCode
        self.status = status
        self.method = method
        self.message = message
    }

    private static let methodNotFound: UInt32 = 104

    /// Whether the failure is temporary: the same call can succeed later.
    public var isUnavailable: Bool {
        [.unreachable, .timedOut, .serverFailed, .tooManyRequests].contains(self.code)
    }

    public var description: String {
        switch self.code {
        case .refused,
            .notFound where self.serverCode != 0:
            "\(self.method): Centrifugo responded with error \(self.serverCode): \(self.message)"
        case .unreachable: "\(self.method): Centrifugo cannot be reached: \(self.message)"
        default: "\(self.method): \(self.message)"
        }
    }
}

extension CentrifugoAPIError {
    /// Reads the error of RoadRunner's `centrifuge` plugin about a call by gRPC; nil for other errors.
    init?(method: String, ofPlugin text: String) {
        // A status is written as "rpc error: code = Unavailable desc = …". Descriptions may contain anything.
        let start = text.firstRange(of: "code = ").map { text[$0.upperBound...] }
        let status = start.map { String($0.prefix { $0.isASCII && $0.isLetter }) }
        switch status {
        case "Unimplemented": self.init(serverCode: Self.methodNotFound, method: method, message: text)
        case "Unavailable": self.init(.unreachable, method: method, message: text)
        case "DeadlineExceeded": self.init(.timedOut, method: method, message: text)
        case "Unauthenticated", "PermissionDenied": self.init(.unauthorized, method: method, message: text)
        case "ResourceExhausted": self.init(.tooLarge, method: method, message: text)
        default:
            guard text.contains("not ready yet") else { return nil }
            self.init(.unreachable, method: method, message: text)
        }
    }
}
