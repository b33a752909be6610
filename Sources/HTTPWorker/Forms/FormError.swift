public import Goridge
public import HTTPTypes
public import Hummingbird
import Logging
public import RoadRunnerRuntime

/// An error in reading or decoding a form.
///
/// It knows its response: 413 for a form that is too large, 400 for one that is malformed or does not match a type, 415 for a
/// body that is not a form or for a form that is read as bytes, and 500 for a mistake of the program.
public struct FormError: RoadRunnerError, HTTPResponseError, AttributableError, ClientError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case malformed, conflictingNames, tooLarge, missingField, invalidField, notAForm, bodyIsParsed, bodyIsConsumed,
                fileNotKept
        }
        private let kind: Kind

        /// The body does not match its `Content-Type`.
        public static let malformed = Code(kind: .malformed)
        /// Two names make one entry both a value and an object: `a=1&a[b]=2`.
        public static let conflictingNames = Code(kind: .conflictingNames)
        /// One of ``FormLimits`` was exceeded.
        public static let tooLarge = Code(kind: .tooLarge)
        /// A required field is missing; ``FormError/field`` is its name.
        public static let missingField = Code(kind: .missingField)
        /// A field has a value of the wrong type; ``FormError/field`` is its name.
        public static let invalidField = Code(kind: .invalidField)
        /// The request has another content type.
        public static let notAForm = Code(kind: .notAForm)
        /// RoadRunner has parsed the body: its bytes are not available.
        public static let bodyIsParsed = Code(kind: .bodyIsParsed)
        /// The body was already read by other code.
        public static let bodyIsConsumed = Code(kind: .bodyIsConsumed)
        /// An uploaded file could not be written to the folder for temporary files.
        public static let fileNotKept = Code(kind: .fileNotKept)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// What is wrong, where, and how to fix it.
    public let description: String
    /// The name of the field, such as `lines[0][amount]`, if a form was decoded into a type.
    public let field: String?
    /// The underlying error.
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
            "the form field \"\(name.text.beginning(100))\" conflicts with another one: an entry is a value, a list, or an object"
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

    /// Converts an error of decoding a field.
    init(_ error: DecodingError) {
        let (code, path, text): (Code, [any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (.missingField, context.codingPath + [key], "it is missing")
            case .valueNotFound(_, let context): (.missingField, context.codingPath, context.debugDescription)
            case .typeMismatch(_, let context), .dataCorrupted(let context):
                (.invalidField, context.codingPath, context.debugDescription)
            @unknown default: (.invalidField, [], "it cannot be decoded")
            }
        var field = ""
        for key in path { field = field.isEmpty ? key.stringValue : "\(field)[\(key.stringValue)]" }
        self.init(
            code, "the field \"\(field.beginning(100))\" of the form: \(text.beginning(300))", field: field, underlying: error)
    }

    /// An attempt to read the bytes of a form that RoadRunner has parsed. The client chose the content type, so it is at fault;
    /// but a route that accepts any type needs another configuration, so a warning is logged once per process.
    static func bodyIsParsed() -> FormError {
        Self.parsedBodyNotice.perform {
            Logger.current.warning(
                """
                a handler reads the bytes of a form that RoadRunner has parsed; such requests get a 415 response. Set \
                `http.raw_body: true` in .rr.yaml to get the bytes (webhooks need it), or read forms with `request.form(context:)`
                """)
        }
        return FormError(
            .bodyIsParsed,
            """
            the bytes of this body are not available: RoadRunner has parsed the form. Read it with `request.form(context:)` or \
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

    /// The client if the status is 4xx, and the application otherwise.
    public var fault: Fault { self.statusFault }

    /// The message for clients, without the server's configuration.
    package var clientMessage: String {
        if self.code == .bodyIsParsed { return "a form cannot be read here" }
        // A decoder's description is about this program.
        return self.underlying == nil ? self.description : "the form cannot be read"
    }

    /// Responds like Hummingbird's `HTTPError`. Mistakes of the program are not shown to clients.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        try self.clientResponse(from: request, context: context)
    }
}
