import Foundation
import Testing

@testable import RoadRunnerTesting

@Suite struct CookieTests {
    private func sent(_ lines: [String], from: String = "http://localhost/a/b", to: String, after seconds: Double = 0) -> String {
        var jar = CookieJar()
        jar.store(lines, from: from, now: 1000)
        return jar.header(for: to, now: 1000 + seconds) ?? ""
    }

    @Test(arguments: [
        ("/", "a=1; d=4"), ("/a", "b=2; a=1; d=4"), ("/a/b", "c=3; b=2; a=1; d=4"), ("/a/bc", "b=2; a=1; d=4"),
        ("/a/b/c?x=/", "c=3; b=2; a=1; d=4"), ("/?/a", "a=1; d=4"), ("", "a=1; d=4"),
    ])
    func pathsDecide(_ path: String, _ expected: String) {
        let lines = ["a=1; Path=/", "b=2", "c=3; path=/a/b", "d=4; Path=/"]
        #expect(self.sent(lines, to: "http://localhost\(path)") == expected)
        // Another host gets no cookies.
        #expect(self.sent(lines, to: "http://other\(path)") == "")
    }

    @Test func hostsDecide() {
        let lines = [
            "own=1; Path=/", "wide=2; Path=/; Domain=.Example.org", "foreign=3; Domain=example.com", "top=4; Domain=org",
        ]
        func sent(to uri: String) -> String { self.sent(lines, from: "http://www.EXAMPLE.org:8080/", to: uri) }
        #expect(sent(to: "https://www.example.org/x") == "own=1; wide=2")
        #expect(sent(to: "http://api.example.org") == "wide=2")
        #expect(sent(to: "http://example.org/") == "wide=2")
        #expect(sent(to: "http://badexample.org/") == "")
        #expect(sent(to: "http://example.com/") == "")
        // Addresses have no subdomains.
        #expect(self.sent(["a=1; Path=/; Domain=0.0.1"], from: "http://127.0.0.1/", to: "http://127.0.0.1/") == "")
        #expect(self.sent(["a=1; Path=/; Domain=127.0.0.1"], from: "http://127.0.0.1/", to: "http://127.0.0.1:80/") == "a=1")
        #expect(self.sent(["a=1"], from: "http://[::1]:8080/", to: "http://[::1]/") == "a=1")
    }

    @Test func secureCookiesNeedHTTPSOrThisMachine() {
        func sent(to uri: String) -> String {
            self.sent(["a=1; Path=/; Secure; HttpOnly; SameSite=Strict"], from: uri, to: uri)
        }
        #expect(sent(to: "http://example.org/") == "")
        #expect(sent(to: "https://example.org/") == "a=1")
        #expect(sent(to: "http://localhost/") == "a=1")
        #expect(sent(to: "http://[::1]:8080/") == "a=1")
    }

    @Test(arguments: [
        ("a=1; Max-Age=10", 9.0, true), ("a=1; Max-Age=10", 10, false), ("a=1; Max-Age=0", 0, false),
        ("a=1; max-age=-5", 0, false),
        ("a=1; Max-Age=x", 1e9, true), ("a=1; Max-Age=", 1e9, true), ("a=1; Max-Age=99999999999999999999999", 1e9, true),
        ("a=1; Expires=Thu, 01 Jan 1970 00:20:00 GMT", 199, true), ("a=1; Expires=Thu, 01 Jan 1970 00:20:00 GMT", 200, false),
        ("a=1; Expires=Thu, 01-Jan-70 00:20:00 GMT", 200, false), ("a=1; Expires=never", 1e9, true),
        // `Max-Age` takes precedence, regardless of the order.
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", 5, true),
        ("a=1; Max-Age=10; Expires=Fri, 31 Dec 9999 23:59:59 GMT", 20, false),
    ])
    func lifetimesDecide(_ line: String, _ seconds: Double, _ isSent: Bool) {
        #expect(self.sent([line], to: "http://localhost/a/", after: seconds) == (isSent ? "a=1" : ""))
    }

    @Test func laterCookiesReplaceAndRemoveEarlierOnes() {
        var jar = CookieJar()
        let uri = "http://localhost/"
        jar.store(["a=1; Path=/", "b=1; Path=/", "a=2; Path=/x"], from: uri, now: 0)
        jar.store(["a=3; Path=/"], from: uri, now: 0)
        #expect(jar.header(for: "http://localhost/x", now: 0) == "a=2; a=3; b=1")
        jar.store(["a=; Path=/; Max-Age=0", "c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], from: uri, now: 1)
        #expect(jar.header(for: "http://localhost/x", now: 1) == "a=2; b=1")
        #expect(jar.values(now: 1) == ["a": "2", "b": "1"])
    }

    @Test(arguments: [
        ("=x", ""), ("novalue", ""), ("", ""), (";", ""), ("  a  =  b c  ; Path = / ", "a=b c"), ("a=b=c", "a=b=c"), ("a=", "a="),
        ("a=\"q\"", "a=\"q\""), ("a=1; Path=relative", "a=1"), ("a=1; Domain=", "a=1"),
    ])
    func linesAreReadAsBrowsersReadThem(_ line: String, _ expected: String) {
        #expect(self.sent([line], from: "http://localhost/", to: "http://localhost/") == expected)
    }

    @Test func thereIsALimit() {
        var jar = CookieJar()
        for number in 0..<1000 { jar.store(["c\(number)=1"], from: "http://localhost/", now: 0) }
        #expect(jar.values(now: 0).count == 300)
        #expect(jar.values(now: 0)["c999"] == "1")
    }

    @Test(arguments: [0, 951_782_400, 951_868_799, 1_740_700_800, 4_107_542_399, 253_402_300_799])
    func datesMatchFoundation(_ seconds: Int) throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        for format in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yyyy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy"] {
            formatter.dateFormat = format
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(CookieDate.parse(Array(text.utf8)) == Double(seconds), "\(text)")
        }
    }

    @Test(arguments: [
        "", "Thu, 32 Jan 1970 00:00:00", "1 Jan 1970", "1 Jan 1970 24:00:00", "1 Foo 1970 00:00:00", "1 Jan 1600 00:00:00",
    ])
    func malformedDatesAreNil(_ text: String) { #expect(CookieDate.parse(Array(text.utf8)) == nil) }
}
