package import HTTPTypes
package import Hummingbird
import RoadRunnerRuntime

/// An error that knows its response, which gets more headers.
package struct ErrorWithHeaders: HTTPResponseError {
    package let error: any HTTPResponseError
    package let headers: HTTPFields

    package init(error: any HTTPResponseError, headers: HTTPFields) {
        self.error = error
        self.headers = headers
    }

    package var status: HTTPResponse.Status { self.error.status }

    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try self.error.response(from: request, context: context)
        response.headers.addMissing(self.headers)
        return response
    }
}

/// An error that does not know its response, which gets more headers all the same. Routers hand it on to the runtime.
package struct UncaughtErrorWithHeaders: Error {
    package let error: any Error
    package let headers: HTTPFields
}

/// An error without the wrappers in which middleware hands headers on.
package struct UnwrappedError {
    /// As it was thrown.
    package private(set) var error: any Error
    /// What its wrappers add to the response.
    package private(set) var headers = HTTPFields()

    /// Nobody wraps so often.
    private static let maximumDepth = 32

    package init(_ error: any Error) {
        self.error = error
        for _ in 0..<Self.maximumDepth {
            guard let (inner, headers) = Self.unwrap(self.error) else { break }
            self.error = inner
            self.headers.addMissing(headers)
        }
    }

    /// What a response gets that takes the place of the error's own: what that says besides its body (`WWW-Authenticate`), too.
    package var headersOfReplacement: HTTPFields {
        var headers = self.headers
        let aboutBody: [HTTPField.Name] = [.contentType, .contentLength, .contentEncoding]
        if let error = self.error as? HTTPError {
            headers.addMissing(HTTPFields(error.headers.filter { !aboutBody.contains($0.name) }))
        }
        return headers
    }

    /// The error, where it knows its response; nil where it is the application's failure, whatever status it has.
    package var response: (any HTTPResponseError)? {
        if let error = self.error as? any ClientError, error.statusFault == .application { return nil }
        return self.error as? any HTTPResponseError
    }

    /// The error as it is handed on to the runtime.
    package var uncaught: any Error {
        self.headers.isEmpty ? self.error : UncaughtErrorWithHeaders(error: self.error, headers: self.headers)
    }

    private static func unwrap(_ error: any Error) -> (any Error, HTTPFields)? {
        switch error {
        case let error as ErrorWithHeaders: (error.error, error.headers)
        case let error as UncaughtErrorWithHeaders: (error.error, error.headers)
        default: Self.unwrapEdited(error)
        }
    }

    /// Hummingbird's `CORSMiddleware` makes every error one that has a response, an empty 500 for those that have none. The type is internal
    /// to Hummingbird.
    private static func unwrapEdited(_ error: any Error) -> (any Error, HTTPFields)? {
        guard error is any HTTPResponseError, String(reflecting: type(of: error)) == "Hummingbird.EditedHTTPError" else { return nil }
        let children = Mirror(reflecting: error).children
        guard let original = children.first(where: { $0.label == "originalError" })?.value as? any Error else { return nil }
        return (original, children.first { $0.label == "additionalHeaders" }?.value as? HTTPFields ?? [:])
    }
}

extension HTTPFields {
    /// Adds the lines of names that are not there; those of which there may be any number in any case.
    package mutating func addMissing(_ others: HTTPFields) {
        let missing = others.filter { $0.name == .setCookie || $0.name == .vary || !self.contains($0.name) }
        for field in missing { self.append(field) }
    }
}
