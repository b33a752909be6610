import NIOHTTP1
import Testing

@testable import Standalone

@Suite struct HTTP1ExchangeTests {
    private static func head(
        _ method: HTTPMethod = .GET, _ uri: String = "/", _ headers: HTTPHeaders = ["Host": "a"], version: HTTPVersion = .http1_1
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: method, uri: uri, headers: headers)
    }

    private static func refusal(_ head: HTTPRequestHead) -> HTTPResponseStatus? {
        var head = head
        return HTTP1Exchange.refusal(of: &head)
    }

    /// RFC 9112, section 3.2.
    @Test func aRequestHasOneHost() {
        #expect(Self.refusal(Self.head()) == nil)
        #expect(Self.refusal(Self.head(.GET, "/", ["Host": ""])) == nil)
        #expect(Self.refusal(Self.head(.GET, "/", [:])) == .badRequest)
        #expect(Self.refusal(Self.head(.GET, "/", [:], version: .http1_0)) == nil)
        #expect(Self.refusal(Self.head(.GET, "/", HTTPHeaders([("Host", "a"), ("Host", "a")]))) == .badRequest)
        for host in ["a b", "a/b", "a@b", "a?b"] {
            #expect(Self.refusal(Self.head(.GET, "/", ["Host": host])) == .badRequest, "\(host)")
        }
    }

    @Test func theHostOfAnAbsoluteTargetCounts() {
        var head = Self.head(.GET, "http://example.org:8080/path?http://other", ["Host": "a"])
        #expect(HTTP1Exchange.refusal(of: &head) == nil)
        #expect(head.headers["host"] == ["example.org:8080"])
        #expect(Self.refusal(Self.head(.GET, "http://us er/", ["Host": "a"])) == .badRequest)
        // A path that contains a URL is not an absolute target.
        head = Self.head(.GET, "/redirect?to=http://other/", ["Host": "a"])
        #expect(HTTP1Exchange.refusal(of: &head) == nil)
        #expect(head.headers["host"] == ["a"])
    }

    @Test func onlyContinueCanBeExpected() {
        #expect(Self.refusal(Self.head(.POST, "/", ["Host": "a", "Expect": "100-Continue"])) == nil)
        #expect(Self.refusal(Self.head(.POST, "/", ["Host": "a", "Expect": "200-ok"])) == .expectationFailed)
        // HTTP/1.0 has no expectations (RFC 9110, section 10.1.1).
        #expect(Self.refusal(Self.head(.POST, "/", ["Host": "a", "Expect": "200-ok"], version: .http1_0)) == nil)
    }

    @Test func aContinueIsForBodies() {
        func expects(_ headers: HTTPHeaders, _ version: HTTPVersion = .http1_1) -> Bool {
            HTTP1Exchange(Self.head(.POST, "/", headers, version: version)).expectsContinue
        }
        #expect(expects(["Expect": "100-continue", "Content-Length": "3"]))
        #expect(expects(["Expect": "100-continue", "Transfer-Encoding": "chunked"]))
        #expect(!expects(["Expect": "100-continue", "Content-Length": "0"]))
        #expect(!expects(["Expect": "100-continue"]))
        #expect(!expects(["Content-Length": "3"]))
        #expect(!expects(["Expect": "100-continue", "Content-Length": "3"], .http1_0))
    }

    @Test func connectionsCloseOnTheClientsRequest() {
        func closes(_ options: String?, _ version: HTTPVersion = .http1_1) -> Bool {
            HTTP1Exchange(Self.head(.GET, "/", options.map { ["Connection": $0] } ?? [:], version: version)).mustClose
        }
        #expect(!closes(nil))
        #expect(closes("Close"))
        #expect(closes("x, close"))
        #expect(closes("upgrade"))
        #expect(closes(nil, .http1_0))
        #expect(!closes("Keep-Alive", .http1_0))
    }

    @Test func responsesFollowTheClientsVersion() {
        var exchange = HTTP1Exchange(Self.head(.GET, "/", ["Connection": "keep-alive"], version: .http1_0))
        #expect(!exchange.takesInformational)
        var response = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "2"])
        exchange.adapt(&response)
        #expect(response.version == .http1_0)
        #expect(response.headers["connection"] == ["keep-alive"])
        #expect(!exchange.mustClose)
        // A body of unknown length ends with the connection.
        response = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Transfer-Encoding": "chunked"])
        exchange.adapt(&response)
        #expect(response.headers["transfer-encoding"].isEmpty)
        #expect(response.headers["connection"] == ["close"])
        #expect(exchange.mustClose)
    }

    @Test(arguments: [(HTTPMethod.HEAD, HTTPResponseStatus.ok), (.GET, .noContent), (.GET, .notModified)])
    func responsesWithoutABodyKeepTheConnection(_ method: HTTPMethod, _ status: HTTPResponseStatus) {
        var exchange = HTTP1Exchange(Self.head(method, "/", ["Connection": "keep-alive"], version: .http1_0))
        var response = HTTPResponseHead(version: .http1_1, status: status)
        exchange.adapt(&response)
        #expect(!exchange.mustClose)
        #expect(response.headers["connection"] == ["keep-alive"])
    }

    @Test func applicationsCanCloseTheConnection() {
        var exchange = HTTP1Exchange(Self.head())
        #expect(exchange.takesInformational)
        var response = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Connection": "Close"])
        exchange.adapt(&response)
        #expect(exchange.mustClose)
        #expect(response.version == .http1_1)
    }
}
