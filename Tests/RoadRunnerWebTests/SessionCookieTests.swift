import Foundation
import HTTPTypes
import Hummingbird
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct SessionCookieTests {
    @Test(
        arguments: [
            (SessionOptions(cookieName: "__Host-session"), "secure: .always"),
            (SessionOptions(cookieName: "__Host-session", secure: .never), "secure: .always"),
            (SessionOptions(cookieName: "__Host-session", secure: .always, path: "/app"), "\"/app\""),
            (SessionOptions(cookieName: "__HOST-session", secure: .always, domain: "example.com"), "without a domain"),
            (SessionOptions(cookieName: "__Secure-session"), "__Secure-"), (SessionOptions(cookieName: "__Http-s"), "__Http-"),
            (SessionOptions(cookieName: ""), "cannot be the name"), (SessionOptions(cookieName: "a b"), "cannot be the name"),
            (SessionOptions(cookieName: "a;b"), "cannot be the name"), (SessionOptions(cookieName: "a{}"), "cannot be the name"),
            (SessionOptions(cookieName: "ž"), "cannot be the name"), (SessionOptions(path: "app"), "cannot be the path"),
            (SessionOptions(path: ""), "cannot be the path"), (SessionOptions(path: "/; Domain=x"), "cannot be the path"),
            (SessionOptions(path: "/\r\nX: y"), "cannot be the path"), (SessionOptions(domain: ""), "cannot be the domain"),
            (SessionOptions(domain: "example.com; x"), "cannot be the domain"),
            (SessionOptions(domain: "example.com:80"), "cannot be the domain"),
        ] as [(SessionOptions, String)])
    func optionsThatBrowsersWouldIgnoreAreErrors(_ options: SessionOptions, _ reason: String) {
        do throws(SessionError) {
            _ = try BrowserSessions<BasicRoadRunnerRequestContext>(MemoryPersistDriver(), options: options)
            Issue.record("\(options) is taken")
        } catch {
            #expect(error.code == .invalidOption)
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test(arguments: [
        SessionOptions(), SessionOptions(cookieName: "__Host-session", secure: .always),
        SessionOptions(cookieName: "__Host-session", sameSite: .none),
        SessionOptions(cookieName: "__Secure-session", secure: .always, path: "/app", domain: ".example.com"),
    ])
    func optionsThatBrowsersAccept(_ options: SessionOptions) throws {
        _ = try BrowserSessions<BasicRoadRunnerRequestContext>(MemoryPersistDriver(), options: options)
        let line = try SessionCookie(options).line(SessionID.make(), lifetime: 7, isSecure: false)
        #expect(line.contains("; Secure") == options.isAlwaysSecure)
        #expect(line.contains("; Domain=") == (options.domain != nil))
        #expect(line.contains("; Max-Age=7"))
    }

    @Test func timeoutsAreClamped() {
        for (timeout, seconds) in [
            (Duration.seconds(Int64.min), 1), (.zero, 1), (.milliseconds(1), 1), (.milliseconds(1001), 2), (.seconds(60), 60),
            (.seconds(Int64.max) + .milliseconds(1), 315_360_000),
        ] { #expect(SessionOptions.seconds(timeout) == seconds) }
    }

    @Test func durationsBeyondTheRangeOfClocksAreClamped() async throws {
        let ever = Duration.seconds(Int64.max)
        let storage = SessionStorage(MemoryPersistDriver(), options: SessionOptions(idleTimeout: ever, absoluteTimeout: ever))
        let record = storage.makeRecord()
        try await storage.create("id", record)
        #expect(try await storage.load("id", LogLines().logger) != nil)
    }

    @Test func cookiesAreFoundByTheirBytes() {
        let ids = (0..<6).map { _ in SessionID.make() }
        func found(_ lines: String...) -> [String] {
            var headers = HTTPFields()
            headers[values: .cookie] = lines
            return SessionCookie(SessionOptions()).ids(in: headers)
        }
        #expect(found("a=1; session=\(ids[0])") == [ids[0]])
        #expect(found("session=\(ids[0]);session=\(ids[1])", "\tsession=\(ids[2])\t;session=\(ids[0])") == Array(ids[0...2]))
        #expect(found(ids.map { "session=\($0)" }.joined(separator: "; ")) == Array(ids[0...3]))
        #expect(found("Session=\(ids[0]); session\u{301}=\(ids[1]); xsession=\(ids[2]); session; =; session=").isEmpty)
        // In Swift, the semicolon and the mark are one character.
        #expect(found("a=1;\u{301}; session=\(ids[0])") == [ids[0]])
    }

    @Test(
        arguments: [
            ([], ["Cookie"]), (["Accept"], ["Accept, Cookie"]), (["Accept", "Origin"], ["Accept, Origin, Cookie"]),
            (["accept, COOKIE"], ["accept, COOKIE"]), (["Accept", "cookie"], ["Accept", "cookie"]), (["*"], ["*"]),
            ([""], ["Cookie"]),
            (["X-Cookie"], ["X-Cookie, Cookie"]),
        ] as [([String], [String])])
    func varyNamesTheCookieOnce(_ lines: [String], _ expected: [String]) {
        var headers = HTTPFields()
        headers[values: .vary] = lines
        SessionHeaders().add(to: &headers, LogLines().logger)
        #expect(headers[values: .vary] == expected)
        #expect(headers[values: .setCookie].isEmpty)
        #expect(headers[.cacheControl] == nil)
    }

    @Test(
        arguments: [
            ([], "private", false), (["public"], "private", true),
            (["max-age=60, Public, immutable"], "private, max-age=60, immutable", true),
            (["max-age=60"], "private, max-age=60", false), (["no-store"], "no-store", false),
            (["private, max-age=5"], "private, max-age=5", false), (["public, no-store"], "no-store", true),
            (["public", "private"], "private", true), (["private=\"set-cookie\""], "private, private=\"set-cookie\"", false),
            (["ext=\"public, x\""], "private, ext=\"public, x\"", false),
        ] as [([String], String, Bool)])
    func responsesWithACookieArePrivate(_ lines: [String], _ expected: String, _ warns: Bool) {
        let (warning, log) = (AtomicFlag(), LogLines())
        for _ in 0..<2 {
            var headers: HTTPFields = [.setCookie: "a=1"]
            headers[values: .cacheControl] = lines
            SessionHeaders(cookie: "session=x").add(to: &headers, log.logger, warning: warning)
            #expect(headers[.cacheControl] == expected)
            #expect(headers[values: .setCookie] == ["a=1", "session=x"])
        }
        // One warning, however often it happens.
        #expect(log.all.count == (warns ? 1 : 0))
    }
}

extension SessionTests {
    @Test func responsesVaryByTheCookie() async throws {
        try await self.withSessions { worker, _ async throws in
            let browser = Browser(worker)
            #expect(try await browser.get("/none").head["Vary"].isEmpty)
            #expect(try await browser.get("/get").head["Vary"] == ["Cookie"])
            let first = try await browser.get("/public/one")
            #expect(first.head["Vary"] == ["Accept, Cookie"])
            #expect(first.head["Cache-Control"] == ["private, max-age=60"])
            #expect(first.head["Set-Cookie"].count == 1)
            // Without a session cookie the handler's header stays.
            #expect(try await browser.get("/public/two").head["Cache-Control"] == ["max-age=60, public"])
            #expect(try await browser.get("/refuse").head["Vary"] == ["Cookie"])
            #expect(try await browser.get("/varied").head["Vary"] == ["Accept, cookie"])
        }
    }

    /// An application's own page keeps the headers of the session.
    @Test func pagesForErrorsKeepTheCookie() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(
            middleware: ErrorPages { failed in
                #expect(failed.error is HTTPError)
                return Response(status: failed.status, headers: [.vary: "Accept"], body: .text("page"))
            })
        router.add(middleware: SecurityHeaders())
        router.add(middleware: BrowserSessions(ShownStore()))
        router.get("refuse") { _, context -> String in
            try await context.session.set(1, for: "attempts")
            throw HTTPError(.forbidden)
        }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            let response = try await worker.send(.get("/refuse"))
            #expect(response.text == "page")
            #expect(response.head["Set-Cookie"].count == 1)
            #expect(response.head["Vary"] == ["Accept, Cookie"])
            #expect(response.head["X-Frame-Options"].count == 1)
        }
    }
}
