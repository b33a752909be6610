package import HTTPTypes
import Hummingbird
import RoadRunnerRuntime

/// A response that is an error and has no body: what is known of it, for the page that it gets.
///
/// Hummingbird answers so where no route matches, where a body is too large, and wherever an `HTTPError` has no message.
package struct BareError: Error, CustomStringConvertible {
    /// Hummingbird's name for a request without a route. Patterns of routes begin with a slash.
    package static let unknownRoute = "NotFound"

    package let status: HTTPResponse.Status
    /// Method and path, without the query.
    package let request: String
    /// The routes, the nearest first; nil where the request has matched one, or where they are not known.
    package let routes: [NearRoute]?

    /// - Parameter routes: all that there are, where the request has matched none.
    init(_ status: HTTPResponse.Status, _ request: Request, routes: [KernelDescription.Route]?) {
        self.status = status
        self.request = request.summary
        self.routes = routes.map { NearRoute.sorted($0, for: request.uri.path) }
    }

    /// The methods of routes whose path is the request's.
    package var otherMethods: [String] { self.routes?.filter(\.isMatch).flatMap(\.methods) ?? [] }

    package var description: String {
        guard self.routes != nil else {
            return """
                the response to \(self.request) has the status \(self.status.code) and no body: a handler or a middleware returned it \
                so, or threw an error without a message
                """
        }
        let methods = self.otherMethods
        return methods.isEmpty
            ? "no route matches \(self.request)"
            : "no route matches \(self.request): that path has \(methods.joined(separator: ", "))"
    }
}

extension Response {
    /// Whether it is an error that says nothing: there is no body, nor anything about one.
    var isUnexplained: Bool {
        self.status.code >= 400 && self.body.contentLength == 0 && self.headers[.contentType] == nil
            && self.headers[.contentEncoding] == nil && self.headers[.contentLength].map { $0 == "0" } ?? true
    }

    /// The same with the body of a page.
    func explained(by page: Response) -> Response {
        var response = self
        // It is about the page.
        let policy = page.headers[.contentSecurityPolicy]
        if policy != nil { response.headers[.contentSecurityPolicy] = nil }
        if response.headers[.cacheControl] != nil { response.headers.append(HTTPField(name: .vary, value: "Accept")) }
        response.headers[.contentLength] = nil
        response.headers.addMissing(page.headers)
        response.body = page.body
        return response
    }
}
