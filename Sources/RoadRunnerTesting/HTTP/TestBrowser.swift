import HTTPTypes
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A client of a worker that keeps cookies like a browser.
///
/// ```swift
/// let browser = TestBrowser(worker)
/// try await browser.send(.post("/login", body: .form(["user": "ann"])))
/// #expect(try await browser.send(.get("/me")).text == "ann")
/// ```
///
/// It stores the `Set-Cookie` lines of final responses, and sends the cookies that match host, path and lifetime (RFC 6265), after
/// those of the request's own `Cookie`. Cookies with `Secure` are sent to `https:` and, as in browsers, to `localhost`; `SameSite`
/// and `HttpOnly` make no difference. Redirects are not followed.
public final class TestBrowser: Sendable {
    private let worker: TestWorker
    private let jar = Mutex(CookieJar())

    /// Creates a browser without cookies.
    public init(_ worker: TestWorker) { self.worker = worker }

    /// Sends a request with the cookies that belong to it, and waits for the complete response.
    @discardableResult
    public func send(_ request: TestRequest) async throws -> WorkerResponse {
        var request = request
        if let own = self.jar.withLock({ $0.header(for: request.uri, now: Date().timeIntervalSince1970) }) {
            request.headers[.cookie] = request.headers[.cookie].map { "\($0); \(own)" } ?? own
        }
        let response = try await self.worker.send(request)
        self.jar.withLock {
            $0.store(response.headers[values: .setCookie], from: request.uri, now: Date().timeIntervalSince1970)
        }
        return response
    }

    /// The values of its cookies, by name; of several cookies with one name the latest.
    public var cookies: [String: String] {
        self.jar.withLock { $0.values(now: Date().timeIntervalSince1970) }
    }

    /// Removes all cookies.
    public func removeCookies() { self.jar.withLock { $0 = CookieJar() } }
}
