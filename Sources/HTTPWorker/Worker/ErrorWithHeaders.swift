package import HTTPTypes
package import Hummingbird
package import Logging

/// An edit that middleware applies to the headers of every response to an error.
package typealias HeaderEdit = @Sendable (inout HTTPFields, Logger) -> Void

/// An error that knows its response, and the edit to that response's headers.
package struct ErrorWithHeaders: HTTPResponseError {
    package let error: any HTTPResponseError
    package let edit: HeaderEdit

    package init(error: any HTTPResponseError, edit: @escaping HeaderEdit) {
        self.error = error
        self.edit = edit
    }

    package init(error: any HTTPResponseError, headers: HTTPFields) {
        self.init(error: error) { fields, _ in fields.addMissing(headers) }
    }

    package var status: HTTPResponse.Status { self.error.status }

    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try self.error.response(from: request, context: context)
        self.edit(&response.headers, context.logger)
        return response
    }
}

extension HTTPFields {
    /// Adds the lines whose names are missing, and always those of names that may occur any number of times.
    package mutating func addMissing(_ others: HTTPFields) {
        let missing = others.filter { $0.name == .setCookie || $0.name == .vary || !self.contains($0.name) }
        for field in missing { self.append(field) }
    }
}
