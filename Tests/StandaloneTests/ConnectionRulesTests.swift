import HTTPWorker
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Standalone

@Suite struct ConnectionRulesTests {
    /// A channel between a simulated client and the application.
    private struct Connection {
        let channel = EmbeddedChannel()

        init() throws {
            try self.channel.pipeline.syncOperations.addHandlers([
                HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()),
                ConnectionRules(timeout: nil, dates: DateHeader()),
            ])
            try self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ text: String) throws { _ = try? self.channel.writeInbound(ByteBuffer(string: text)) }

        func respond(_ text: String, _ headers: HTTPHeaders = [:]) throws {
            var headers = headers
            headers.add(name: "Content-Length", value: "\(text.utf8.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            try self.channel.writeOutbound(HTTPServerResponsePart.head(head))
            try self.channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))))
            try self.channel.writeOutbound(HTTPServerResponsePart.end(nil))
        }

        /// The targets of the requests since the last call.
        func requests() throws -> [String] {
            var targets: [String] = []
            while let part = try self.channel.readInbound(as: HTTPServerRequestPart.self) {
                if case .head(let head) = part { targets.append(head.uri) }
            }
            return targets
        }

        /// The bytes sent since the last call.
        func sent() throws -> String {
            var text = ""
            while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
            return text
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n", 417),
        ("nonsense\r\n\r\n", 400),
    ])
    func malformedRequestsAreRefused(_ bytes: String, _ status: Int) throws {
        let connection = try Connection()
        try connection.receive(bytes)
        #expect(try connection.requests() == [])
        let response = try connection.sent()
        #expect(response.hasPrefix("HTTP/1.1 \(status) "))
        #expect(response.lowercased().contains("\r\nconnection: close\r\n"))
        // Later requests are not read.
        try connection.receive("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.requests() == [])
        #expect(try connection.sent() == "")
    }

    @Test func aRefusalWaitsForTheResponsesBeforeIt() throws {
        let connection = try Connection()
        try connection.receive("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")
        #expect(try connection.requests() == ["/1", "/2"])
        #expect(try connection.sent() == "")
        try connection.respond("one")
        #expect(try connection.sent().hasSuffix("one"))
        try connection.respond("two")
        let rest = try connection.sent()
        #expect(rest.hasPrefix("HTTP/1.1 200 "))
        #expect(rest.contains("twoHTTP/1.1 400 "))
    }

    @Test func aContinueIsSentWhenItsRequestIsTheOldest() throws {
        let connection = try Connection()
        try connection.receive(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try connection.sent() == "")
        try connection.respond("one")
        #expect(try connection.sent().hasSuffix("oneHTTP/1.1 100 Continue\r\n\r\n"))
        try connection.receive("body")
        try connection.respond("two")
        #expect(try connection.sent().hasSuffix("two"))
    }

    @Test func aBodySentAtOnceNeedsNoContinue() throws {
        let connection = try Connection()
        try connection.receive(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"
        )
        try connection.respond("one")
        try connection.respond("two")
        #expect(try !connection.sent().contains("100 Continue"))
    }

    @Test func theLastResponseIsTheLast() throws {
        let connection = try Connection()
        try connection.receive("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        try connection.respond("one")
        #expect(try connection.sent().lowercased().contains("\r\nconnection: close\r\n"))
        try connection.receive("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.requests() == ["/1"])
    }

    @Test func informationalResponsesAreNotForHTTP10() throws {
        for (version, takes) in [("1.0", false), ("1.1", true)] {
            let connection = try Connection()
            try connection.receive("GET / HTTP/\(version)\r\nHost: a\r\n\r\n")
            let hints = HTTPResponseHead(version: .http1_1, status: .custom(code: 103, reasonPhrase: "Early Hints"))
            try connection.channel.writeOutbound(HTTPServerResponsePart.head(hints))
            #expect(try connection.sent().contains("103 Early Hints") == takes)
        }
    }
}
