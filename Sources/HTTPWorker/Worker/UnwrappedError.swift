package import HTTPTypes
package import Hummingbird
package import Logging
import RoadRunnerRuntime

/// An error without the wrappers by which middleware passes headers on.
package struct UnwrappedError {
    /// The error as it was thrown.
    package private(set) var error: any Error
    /// The edits, outermost first.
    private var edits: [HeaderEdit] = []

    /// The maximum number of wrappers.
    private static let maximumDepth = 32

    package init(_ error: any Error) {
        self.error = error
        for _ in 0..<Self.maximumDepth {
            guard let (inner, edit) = Self.unwrap(self.error) else { break }
            self.error = inner
            self.edits.append(edit)
        }
    }

    /// Applies the edits that middleware would have made to the error's response.
    package func edit(_ headers: inout HTTPFields, _ logger: Logger) {
        for edit in self.edits.reversed() { edit(&headers, logger) }
    }

    /// Applies the edits to a response that replaces the error's own, and keeps headers of the latter that do not describe its
    /// body (`WWW-Authenticate`).
    package func editReplacement(_ headers: inout HTTPFields, _ logger: Logger) {
        let aboutBody: [HTTPField.Name] = [.contentType, .contentLength, .contentEncoding]
        if let error = self.error as? HTTPError {
            headers.addMissing(HTTPFields(error.headers.filter { !aboutBody.contains($0.name) }))
        }
        self.edit(&headers, logger)
    }

    /// The error, if it knows its response; nil if the application is at fault, whatever its status.
    package var response: (any HTTPResponseError)? {
        if let error = self.error as? any ClientError, error.statusFault == .application { return nil }
        return self.error as? any HTTPResponseError
    }

    /// The error to pass on to the runtime.
    package var uncaught: any Error {
        self.edits.isEmpty ? self.error : UncaughtErrorWithHeaders(error: self.error) { [self] in self.edit(&$0, $1) }
    }

    private static func unwrap(_ error: any Error) -> (any Error, HeaderEdit)? {
        switch error {
        case let error as ErrorWithHeaders: (error.error, error.edit)
        case let error as UncaughtErrorWithHeaders: (error.error, error.edit)
        default: Self.unwrapEdited(error)
        }
    }

    /// Hummingbird's `CORSMiddleware` gives every error a response, an empty 500 for those that have none. The type is internal
    /// to Hummingbird.
    private static func unwrapEdited(_ error: any Error) -> (any Error, HeaderEdit)? {
        guard error is any HTTPResponseError, String(reflecting: type(of: error)) == "Hummingbird.EditedHTTPError" else {
            return nil
        }
        let children = Mirror(reflecting: error).children
        guard let original = children.first(where: { $0.label == "originalError" })?.value as? any Error else { return nil }
        let headers = children.first { $0.label == "additionalHeaders" }?.value as? HTTPFields ?? [:]
        return (original, { fields, _ in fields.addMissing(headers) })
    }
}
