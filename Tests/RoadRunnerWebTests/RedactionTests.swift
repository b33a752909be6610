import Foundation
import HTTPTypes
import Testing

@testable import HTTPWorker

@Suite struct RedactionTests {
    @Test(arguments: [
        "token=hunter2", "auth=hunter2", "pass=hunter2", "jwt=hunter2", "sid=hunter2", "sig=hunter2", "otp=hunter2",
        "code=hunter2",
        "access_key=hunter2", "private-key=hunter2", "accessKey=hunter2", "userPass=hunter2", "X-Amz-Signature=hunter2",
        "key=hunter2",
        "a=1&refresh%5Ftoken=hunter2", "user%5Bpass%5D=hunter2", "to+ken=hunter2", "to\u{212A}en=hunter2", "a=1;token=hunter2",
        "next=https%3A%2F%2Fa%2Freset%3Ftoken%3Dhunter2", "next=%2Fa%3Fnext%3D%252Fb%253Ftoken%253Dhunter2",
        "PHPSESSID=hunter2", "mfa=hunter2", "next=/reset?token=hunter2", "a=1#access_token=hunter2", "SAMLResponse=hunter2",
    ])
    func secretsOfQueriesAreMasked(_ query: String) {
        #expect(!Redaction.redacted(query: query).contains("hunter2"))
        #expect(Redaction.redacted(query: query).contains("••••"))
    }

    @Test(arguments: [
        "a=1", "author=ann", "passenger=1", "zip_code=123", "keyboard=x", "signal=1", "q=token", "", "a", "a=&b",
        "next=%2Fa%3Fb%3D1",
        "pinned=1", "monkey=1", "sort_key=name", "a%=1",
    ])
    func everythingElseIsShown(_ query: String) { #expect(Redaction.redacted(query: query) == query) }

    @Test(arguments: [
        ("Referer", "https://app.test/reset?token=hunter2"), ("X-Original-URL", "/a?jwt=hunter2&b=1"),
        ("X-Forwarded-Uri", "/?sid=hunter2"),
        ("X-Rewrite-URL", "/a?code=hunter2"), ("Link", "</a?token=hunter2>; rel=preload"),
        ("Referer", "https://u:hunter2@app.test/"),
        ("Location", "https://app.test/#access_token=hunter2"), ("X-Auth", "hunter2"), ("X-Auth-Data", "hunter2"),
        ("Sid", "hunter2"),
        ("Referer", "https://app.test/?q=\"&token=hunter2"), ("X-Any", "see https://u:hunter2@b/ and /c?otp=hunter2"),
        ("Proxy-Authorization", "hunter2"), ("X-XSRF-TOKEN", "hunter2"), ("X-Hub-Signature-256", "hunter2"),
    ])
    func secretsOfHeadersAreMasked(_ name: String, _ value: String) throws {
        let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
        #expect(!Redaction.redacted(field).contains("hunter2"))
    }

    @Test(arguments: [
        ("Referer", "https://app.test/a?b=1"), ("User-Agent", "Mozilla/5.0 (X11; Linux) a@b?"), ("Accept", "text/html;q=0.9"),
        ("Origin", "https://app.test"), ("X-Author", "ann"), ("From", "ann@example.org"),
    ])
    func otherHeadersAreShown(_ name: String, _ value: String) throws {
        let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
        #expect(Redaction.redacted(field) == value)
    }

    @Test func pathsMayHaveParameters() {
        #expect(!Redaction.redacted(path: "/cart;jsessionid=hunter2/a").contains("hunter2"))
        #expect(Redaction.redacted(path: "/files/a;v=1/b") == "/files/a;v=1/b")
    }
}
