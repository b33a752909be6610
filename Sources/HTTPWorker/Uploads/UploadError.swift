public import Goridge
public import HTTPTypes
public import Hummingbird
public import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An error of an uploaded file.
///
/// It knows its response: 413 for a file that is too large, 415 for a forbidden extension, 400 for an incomplete file, 422 if
/// there is none, and 500 if the server is at fault.
public struct UploadError: RoadRunnerError, HTTPResponseError, AttributableError, ClientError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// RoadRunner's number, which is PHP's (`UPLOAD_ERR_…`); 0 if RoadRunner has none for this error.
        public let number: Int
        public let description: String

        /// The file is larger than allowed.
        public static let tooLarge = Code(number: 1, description: "tooLarge")
        /// The file did not arrive completely.
        public static let partial = Code(number: 3, description: "partial")
        /// The form has the field, but no file in it.
        public static let noFile = Code(number: 4, description: "noFile")
        /// There is no folder for temporary files: `http.uploads.dir` in .rr.yaml.
        public static let noTemporaryFolder = Code(number: 6, description: "noTemporaryFolder")
        /// The temporary file could not be written.
        public static let cannotWrite = Code(number: 7, description: "cannotWrite")
        /// The file's name has an extension that is not allowed: `http.uploads.forbid` and `allow` in .rr.yaml.
        public static let extensionForbidden = Code(number: 8, description: "extensionForbidden")
        /// The temporary file is gone: it was moved, or the response has been sent.
        public static let temporaryFileMissing = Code(number: 0, description: "temporaryFileMissing")
        /// The temporary file exists, but cannot be read.
        public static let unreadable = Code(number: 0, description: "unreadable")
        /// The file cannot be moved or copied to its destination.
        public static let destination = Code(number: 0, description: "destination")

        /// Creates the code for a number that RoadRunner sent.
        init?(number: Int) {
            switch number {
            case 0: return nil
            case 1, 2: self = .tooLarge
            case 3: self = .partial
            case 4: self = .noFile
            case 6: self = .noTemporaryFolder
            case 7: self = .cannotWrite
            case 8: self = .extensionForbidden
            default: self.init(number: number, description: "unknown(\(number))")
            }
        }

        private init(number: Int, description: String) {
            self.number = number
            self.description = description
        }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error, with the file's path.
    public let description: String

    /// The status of the response.
    public var status: HTTPResponse.Status {
        switch self.code {
        case .tooLarge: .contentTooLarge
        case .extensionForbidden: .unsupportedMediaType
        case .partial: .badRequest
        case .noFile: .unprocessableContent
        default: .internalServerError
        }
    }

    /// The client if the status is 4xx, and the application otherwise.
    public var fault: Fault { self.statusFault }

    /// Responds like Hummingbird's `HTTPError`. Errors of the server are not shown to clients.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        try self.clientResponse(from: request, context: context)
    }

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(forbiddenExtension: String) {
        self.init(.extensionForbidden, "files with the extension \"\(forbiddenExtension)\" are not accepted")
    }

    package init(readingTemporaryFile path: String, _ error: SystemCallError) {
        if error.errno == ENOENT {
            self.init(
                .temporaryFileMissing,
                "the temporary file \(path) is gone: it was moved, or RoadRunner removed it after the response")
        } else {
            self.init(.unreadable, "the temporary file \(path) cannot be read: \(error)")
        }
    }

    package init(makingFolder folder: String, for destination: String, _ error: SystemCallError) {
        self.init(
            .destination,
            "the uploaded file cannot be moved to \(destination): cannot create the folder \(folder): \(error)")
    }

    package init(moving path: String, to destination: String, _ error: SystemCallError) {
        if error.errno == ENOENT, access(path, F_OK) != 0 {
            self.init(readingTemporaryFile: path, error)
        } else {
            self.init(.destination, "the uploaded file cannot be moved to \(destination): \(error)")
        }
    }
}
