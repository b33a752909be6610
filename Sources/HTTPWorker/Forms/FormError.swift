public import HTTPTypes
public import Hummingbird
public import RoadRunnerRuntime
import Logging

/// Why a form could not be read.
///
/// It knows its response: 413 for what is too large, 400 for what is malformed, 415 for what is no form or is one where its bytes are
/// read, and 500 where it is the program's mistake.
public struct FormError: Error, HTTPResponseError, AttributableError, ClientError, CustomStringConvertible {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case malformed, conflictingNames, tooLarge, notAForm, bodyIsParsed, bodyIsConsumed, fileNotKept
        }
        private let kind: Kind

        /// The body is not what its `Content-Type` says.
        public static let malformed = Code(kind: .malformed)
        /// Two names make one entry both a value and something with entries: `a=1&a[b]=2`.
        public static let conflictingNames = Code(kind: .conflictingNames)
        /// One of ``FormLimits`` was exceeded.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The request has another content type.
        public static let notAForm = Code(kind: .notAForm)
        /// RoadRunner has parsed the body: its bytes are not there any more.
        public static let bodyIsParsed = Code(kind: .bodyIsParsed)
        /// The body was read by something else already.
        public static let bodyIsConsumed = Code(kind: .bodyIsConsumed)
        /// An uploaded file could not be written to the folder for temporary files.
        public static let fileNotKept = Code(kind: .fileNotKept)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let description: String
    /// The error that led to this one.
    public let underlying: (any Error)?

    init(_ code: Code, _ description: String, underlying: (any Error)? = nil) {
        self.code = code
        self.description = description
        self.underlying = underlying
    }

    static func conflict(_ name: FormName) -> FormError {
        FormError(
            .conflictingNames,
            "the form field \"\(name.text.prefix(100))\" conflicts with another one: an entry is either a value, a list, or has entries"
        )
    }

    /// Somebody reads the bytes of a form that RoadRunner has parsed: the client chose the content type, so that it is its fault,
    /// but a route that takes any type needs another configuration, which one warning of the process says.
    static func bodyIsParsed() -> FormError {
        Self.parsedBodyNotice.perform {
            Logger.current.warning(
                """
                a handler reads the bytes of a form that RoadRunner has parsed; such requests are answered with 415. Set \
                `http.raw_body: true` in .rr.yaml to get the bytes (webhooks need it), or read forms by `request.form(context:)`
                """)
        }
        return FormError(
            .bodyIsParsed,
            """
            the bytes of this body are not there: RoadRunner has parsed the form. Read it by `request.form(context:)` or \
            `request.decode(as:context:)`, or set `http.raw_body: true` in .rr.yaml to get the bytes
            """)
    }

    private static let parsedBodyNotice = AtomicFlag()

    /// The status of the response.
    public var status: HTTPResponse.Status {
        switch self.code {
        case .tooLarge: .contentTooLarge
        case .notAForm, .bodyIsParsed: .unsupportedMediaType
        case .malformed, .conflictingNames: .badRequest
        default: .internalServerError
        }
    }

    /// The client's where the status is 4xx, and the application's otherwise.
    public var fault: Fault { self.statusFault }

    /// What clients are told. The server's configuration is none of their business.
    package var clientMessage: String {
        if self.code == .bodyIsParsed { return "a form cannot be read here" }
        // What a decoder says is about this program.
        return self.underlying == nil ? self.description : "the form cannot be read"
    }

    /// Like the response of Hummingbird's `HTTPError`. What is the program's mistake is not told to clients.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        try self.clientResponse(from: request, context: context)
    }
}

/// How much of a form is read. Beyond it the response is 413.
public struct FormLimits: Sendable, Hashable {
    /// Fields and files together.
    public var parts = 10_000
    /// The names and values of all fields together, which are kept in memory, in bytes (2 MiB).
    public var fieldBytes = 2 * 1024 * 1024
    /// One file, in bytes (256 MiB).
    public var fileBytes = 256 * 1024 * 1024
    /// The whole body, in bytes (256 MiB). RoadRunner's own limit is `http.max_request_size`.
    public var bodyBytes = 256 * 1024 * 1024
    /// The header lines of one part of a multipart form, in bytes (16 KiB).
    public var partHeaderBytes = 16 * 1024
    /// File name extensions that are refused, in lower case and without the dot: such a file has the error
    /// ``UploadError/Code/extensionForbidden``. RoadRunner's own list is `http.uploads.forbid`.
    public var forbiddenExtensions: Set<String> = []
    /// Where files are put until the response was sent: by default the system's folder for temporary files.
    public var temporaryFolder: String?

    /// The defaults.
    public init() {}
}
