package import HTTPTypes
import Hummingbird
import RoadRunnerRuntime

/// The error of a response that has an error status and no body, for the page that it gets.
///
/// Hummingbird responds like this if no route matches, if a body is too large, or if an `HTTPError` has no message.
package struct BareError: Error, CustomStringConvertible {
    /// Hummingbird's name for a request without a route. Patterns of routes begin with a slash.
    package static let unknownRoute = "NotFound"

    package let status: HTTPResponse.Status
    /// Method and path, without the query.
    package let request: String
    /// The routes, nearest first; nil if the request has matched one, or if they are not known.
    package let routes: [NearRoute]?

    /// - Parameter routes: all routes, if the request has matched none.
    init(_ status: HTTPResponse.Status, _ request: Request, routes: [KernelDescription.Route]?) {
        self.status = status
        self.request = request.summary
        self.routes = routes.map { NearRoute.sorted($0, for: request.uri.path) }
    }

    /// The methods of the routes that match the request's path.
    package var otherMethods: [String] { self.routes?.filter(\.isMatch).flatMap(\.methods) ?? [] }

    package var description: String {
        guard self.routes != nil else {
            return """
                the response to \(self.request) has the status \(self.status.code) and no body: a handler or a middleware returned it without \
                one, or threw an error without a message
                """
        }
        let methods = self.otherMethods
        return methods.isEmpty
            ? "no route matches \(self.request)"
            : "no route matches \(self.request): that path has \(methods.joined(separator: ", "))"
    }
}

extension Response {
    /// Whether it is an error without explanation: it has no body, and no headers that describe one.
    var isUnexplained: Bool {
        self.status.code >= 400 && self.body.contentLength == 0 && self.headers[.contentType] == nil
            && self.headers[.contentEncoding] == nil && self.headers[.contentLength].map { $0 == "0" } ?? true
    }

    /// Adds the body of a page to the response.
    func explained(by page: Response) -> Response {
        var response = self
        // The policy of the page applies.
        let policy = page.headers[.contentSecurityPolicy]
        if policy != nil { response.headers[.contentSecurityPolicy] = nil }
        if response.headers[.cacheControl] != nil { response.headers.append(HTTPField(name: .vary, value: "Accept")) }
        response.headers[.contentLength] = nil
        response.headers.addMissing(page.headers)
        response.body = page.body
        return response
    }
}
