import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging

/// An error that knows its response, whose headers a middleware changes.
struct ErrorWithHeaders: HTTPResponseError {
    let error: any HTTPResponseError
    /// Done to every response that is made for the error.
    let edit: @Sendable (inout HTTPFields, Logger) -> Void

    init(error: any HTTPResponseError, edit: @escaping @Sendable (inout HTTPFields, Logger) -> Void) {
        self.error = error
        self.edit = edit
    }

    var status: HTTPResponse.Status { self.error.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try self.error.response(from: request, context: context)
        self.edit(&response.headers, context.logger)
        return response
    }

    /// What was thrown, and what middleware between has done to its headers.
    static func unwrapped(
        _ error: any HTTPResponseError
    ) -> (error: any HTTPResponseError, edit: (inout HTTPFields, Logger) -> Void) {
        guard let wrapper = error as? ErrorWithHeaders else { return (error, { _, _ in }) }
        let (original, edit) = Self.unwrapped(wrapper.error)
        return (
            original,
            { headers, logger in
                edit(&headers, logger)
                wrapper.edit(&headers, logger)
            }
        )
    }
}

extension HTTPFields {
    /// Adds the lines of names that are not there.
    mutating func addMissing(_ others: HTTPFields) {
        let missing = others.filter { !self.contains($0.name) }
        for field in missing { self.append(field) }
    }
}
