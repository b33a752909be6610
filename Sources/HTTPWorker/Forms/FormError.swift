public import Goridge
public import HTTPTypes
public import Hummingbird
public import RoadRunnerRuntime
import Logging

/// Why a form could not be read.
///
/// It knows its response: 413 for what is too large, 400 for what is malformed or is not what a type needs, 415 for what is no form or is one where its bytes are
/// read, and 500 where it is the program's mistake.
public struct FormError: RoadRunnerError, HTTPResponseError, AttributableError, ClientError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case malformed, conflictingNames, tooLarge, missingField, invalidField, notAForm, bodyIsParsed, bodyIsConsumed,
                fileNotKept
        }
        private let kind: Kind

        /// The body is not what its `Content-Type` says.
        public static let malformed = Code(kind: .malformed)
        /// Two names make one entry both a value and something with entries: `a=1&a[b]=2`.
        public static let conflictingNames = Code(kind: .conflictingNames)
        /// One of ``FormLimits`` was exceeded.
        public static let tooLarge = Code(kind: .tooLarge)
        /// A field that is needed is not there; ``FormError/field`` is its name.
        public static let missingField = Code(kind: .missingField)
        /// A field has a value that is not of the type; ``FormError/field`` is its name.
        public static let invalidField = Code(kind: .invalidField)
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

    /// The kind of error.
    public let code: Code
    /// The error in words: what was wrong, where, and what to do.
    public let description: String
    /// The field that it is about, as `lines[0][amount]`: where a form was decoded into a type.
    public let field: String?
    /// The error that led to this one.
    public let underlying: (any Error)?

    init(_ code: Code, _ description: String, field: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.description = description
        self.field = field
        self.underlying = underlying
    }

    static func conflict(_ name: FormName) -> FormError {
        FormError(
            .conflictingNames,
            "the form field \"\(name.text.beginning(100))\" conflicts with another one: an entry is either a value, a list, or has entries"
        )
    }

    static func tooManyParts(_ maximum: Int) -> FormError {
        FormError(.tooLarge, "the form has more than \(maximum) fields and files")
    }

    static func fieldsTooLong(_ maximum: Int) -> FormError {
        FormError(.tooLarge, "the fields of the form are longer than \(maximum) bytes in all")
    }

    static func fileTooLong(_ field: String, _ maximum: Int) -> FormError {
        FormError(.tooLarge, "the file in the field \"\(field.beginning(100))\" is longer than \(maximum) bytes")
    }

    static func bodyTooLong(_ maximum: Int) -> FormError {
        FormError(.tooLarge, "the form is longer than \(maximum) bytes")
    }

    /// A field that does not decode.
    init(_ error: DecodingError) {
        let (code, path, text): (Code, [any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (.missingField, context.codingPath + [key], "it is not there")
            case .valueNotFound(_, let context): (.missingField, context.codingPath, context.debugDescription)
            case .typeMismatch(_, let context), .dataCorrupted(let context):
                (.invalidField, context.codingPath, context.debugDescription)
            @unknown default: (.invalidField, [], "it does not decode")
            }
        var field = ""
        for key in path { field = field.isEmpty ? key.stringValue : "\(field)[\(key.stringValue)]" }
        self.init(
            code, "the field \"\(field.beginning(100))\" of the form: \(text.beginning(300))", field: field, underlying: error)
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
        case .malformed, .conflictingNames, .missingField, .invalidField: .badRequest
        default: .internalServerError
        }
    }

    /// The client's where the status is 4xx, and the application's otherwise.
    public var fault: Fault { self.statusFault }

    /// The message for clients, without the server's configuration.
    package var clientMessage: String {
        if self.code == .bodyIsParsed { return "a form cannot be read here" }
        // A decoder's own words are about this program.
        return self.underlying == nil ? self.description : "the form cannot be read"
    }

    /// Like the response of Hummingbird's `HTTPError`. What is the program's mistake is not told to clients.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        try self.clientResponse(from: request, context: context)
    }
}
