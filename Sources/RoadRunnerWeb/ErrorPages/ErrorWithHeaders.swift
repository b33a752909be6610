import HTTPWorker
import HTTPTypes
import Hummingbird

/// An error that knows its response, which gets more headers.
struct ErrorWithHeaders: HTTPResponseError {
    let error: any HTTPResponseError
    let headers: HTTPFields

    var status: HTTPResponse.Status { self.error.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try self.error.response(from: request, context: context)
        response.headers.addMissing(self.headers)
        return response
    }
}

extension HTTPFields {
    /// Adds the lines of names that are not there; those that set cookies in any case.
    mutating func addMissing(_ others: HTTPFields) {
        let missing = others.filter { $0.name == .setCookie || !self.contains($0.name) }
        for field in missing { self.append(field) }
    }
}
