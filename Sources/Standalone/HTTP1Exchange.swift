import HTTPWorker
import NIOHTTP1

/// One request on a connection and its response, under the rules of HTTP/1. A value without I/O.
struct HTTP1Exchange {
    /// Whether the client waits for 100 before it sends the body.
    var expectsContinue: Bool
    /// Whether the whole request has been read.
    var isRead = false
    /// Whether the connection has to be closed after the response.
    private(set) var mustClose: Bool
    private let isHTTP10: Bool
    private let isHead: Bool

    init(_ head: HTTPRequestHead) {
        let options = Self.tokens(head.headers, "connection")
        self.isHTTP10 = Self.isHTTP10(head)
        self.isHead = head.method == .HEAD
        // NIO's parser reads nothing after a request for another protocol, and no other protocol is supported.
        self.mustClose =
            self.isHTTP10 ? !options.contains("keep-alive") : options.contains("close") || options.contains("upgrade")
        let hasBody = head.headers.contains(name: "transfer-encoding") || head.headers["content-length"].contains { $0 != "0" }
        self.expectsContinue = !self.isHTTP10 && hasBody && head.headers.contains(name: "expect")
    }

    /// The status with which an invalid request is refused; nil for a valid one, whose `Host` is then authoritative.
    static func refusal(of head: inout HTTPRequestHead) -> HTTPResponseStatus? {
        let hosts = head.headers["host"]
        // An empty one is valid where the target has no host (RFC 9112, section 3.2).
        guard hosts.count == 1 || (hosts.isEmpty && Self.isHTTP10(head)) else { return .badRequest }
        Self.takeAuthority(of: &head)
        guard head.headers["host"].allSatisfy({ HostAndPort.isAuthority($0.utf8) }) else { return .badRequest }
        if !Self.isHTTP10(head), !Self.tokens(head.headers, "expect").allSatisfy({ $0 == "100-continue" }) {
            return .expectationFailed
        }
        return nil
    }

    /// Replaces the `Host` header, which is then ignored, by the host of an absolute target, as in `GET http://example.org/
    /// HTTP/1.1` (RFC 9112, section 3.2.2).
    private static func takeAuthority(of head: inout HTTPRequestHead) {
        let uri = head.uri.utf8
        guard let colon = uri.firstIndex(of: UInt8(ascii: ":")), head.uri.utf8.first != UInt8(ascii: "/"),
            uri[colon...].starts(with: "://".utf8)
        else { return }
        let rest = uri[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        head.headers.replaceOrAdd(name: "Host", value: String(Substring(rest[..<end])))
    }

    /// Whether the client understands informational responses.
    var takesInformational: Bool { !self.isHTTP10 }

    /// Adapts `head` to the client's version of HTTP.
    mutating func adapt(_ head: inout HTTPResponseHead) {
        if self.isHTTP10 {
            head.version = .http1_0
            // HTTP/1.0 has no chunks: such a body ends with the connection.
            head.headers.remove(name: "transfer-encoding")
            let hasNoBody = self.isHead || head.status == .noContent || head.status == .notModified
            if !hasNoBody, !head.headers.contains(name: "content-length") { self.mustClose = true }
        }
        if Self.tokens(head.headers, "connection").contains("close") { self.mustClose = true }
        if self.mustClose {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if self.isHTTP10 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
    }

    /// The parser accepts only 1.0 and 1.1.
    private static func isHTTP10(_ head: HTTPRequestHead) -> Bool { head.version.minor == 0 }

    /// The elements of a list, in lower case.
    private static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        let lines = headers[name]
        return lines.isEmpty ? [] : HeaderList(lines).map(\.asciiLowercased)
    }
}
