import TestSupport
import Testing

/// Tests how the standalone server treats connections, which RoadRunner does for its workers.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ConnectionTests {
    /// Sends `request`, and reads everything until the server closes the connection.
    private func conversation(_ server: ConformanceServer, _ request: String) async throws -> String {
        let client = try RawHTTPClient(port: server.port)
        try await client.send(request)
        let (bytes, isClosed) = try await client.readBytes(seconds: 10) { _ in false }
        #expect(isClosed)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func expectRefusal(_ response: String, _ status: String, after first: String = "") {
        let own = response.dropFirst(first.utf8.count)
        #expect(response.hasPrefix(first))
        #expect(own.hasPrefix("HTTP/1.1 \(status)\r\n"), "\(response)")
        #expect(own.lowercased().contains("\r\nconnection: close\r\n"))
        #expect(own.lowercased().contains("\r\ndate: "))
        // The type does not depend on the `Accept` header.
        #expect(own.lowercased().contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"))
        #expect(own.hasSuffix("\r\n\r\n\(status)\n"))
    }

    @Test func malformedRequestsAreRefusedWithABody() async throws {
        let server = try await ConformanceServer.alone()
        for head in [
            "GET /next HTTP/1.1\r\nAccept: text/html, application/json\r\n\r\n",
            "GET /next HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET /next HTTP/1.1\r\nHost: a b\r\n\r\n", "GET /next HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET /next HTTP/1.1\r\nHost: u@a\r\n\r\n", "GET /next HTTP/1.0\r\nHost: a?b\r\n\r\n",
            "POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "what is this\r\n\r\n",
        ] {
            self.expectRefusal(try await self.conversation(server, head), "400 Bad Request")
        }
        let long = "X-Long: \(String(repeating: "x", count: 100_000))\r\n"
        self.expectRefusal(
            try await self.conversation(server, "GET /next HTTP/1.1\r\nHost: a\r\n\(long)\r\n"),
            "431 Request Header Fields Too Large")
        self.expectRefusal(
            try await self.conversation(
                server, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 5\r\n\r\nhello"),
            "417 Expectation Failed")
        self.expectRefusal(
            try await self.conversation(server, "GET /next HTTP/3.7\r\nHost: a\r\n\r\n"), "505 HTTP Version Not Supported")
        // An empty host, and one with a port, are valid.
        for host in ["", "localhost:80", "[::1]:80", "a_b.example"] {
            let client = try RawHTTPClient(port: server.port)
            try await client.send("GET /next HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await client.readResponse().body == "next")
        }
    }

    @Test func theHostOfAnAbsoluteTargetCounts() async throws {
        let server = try await ConformanceServer.alone()
        let client = try RawHTTPClient(port: server.port)
        for (target, host) in [
            ("/host", "a"), ("http://b:80/host", "b:80"), ("HTTP://b/host?x=http://c/", "b"), ("/host?x=http://c/", "a"),
        ] {
            try await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readResponse().body == host)
        }
        self.expectRefusal(
            try await self.conversation(server, "GET http://u@b/host HTTP/1.1\r\nHost: a\r\n\r\n"), "400 Bad Request")
    }

    /// Earlier requests on the connection get their responses first.
    @Test func aRefusalWaitsForItsTurn() async throws {
        let server = try await ConformanceServer.alone()
        let client = try RawHTTPClient(port: server.port)
        try await client.send(
            "GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        let first = try await client.readResponse()
        #expect(first.status == 200)
        #expect(first.body == "one,two")
        let (bytes, isClosed) = try await client.readBytes { _ in false }
        #expect(isClosed)
        self.expectRefusal(String(decoding: bytes, as: UTF8.self), "400 Bad Request")
    }

    @Test func clientsThatExpectContinueGetIt() async throws {
        let server = try await ConformanceServer.alone()
        let client = try RawHTTPClient(port: server.port)
        for text in ["hello", "again"] {
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n")
            #expect(try await client.readHead() == "HTTP/1.1 100 Continue")
            try await client.send(text)
            #expect(try await client.readResponse().body == text)
        }
        // After an earlier request, only once that request is answered.
        try await client.send(
            """
            GET /stream HTTP/1.1\r\nHost: a\r\n\r\n\
            POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n
            """)
        #expect(try await client.readResponse().body == "one,two")
        #expect(try await client.readHead() == "HTTP/1.1 100 Continue")
        try await client.send("late")
        #expect(try await client.readResponse().body == "late")
        // Clients that do not wait, or have no body, need no 100.
        try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
        #expect(try await client.readResponse().status == 200)
    }

    @Test func http10HasNeitherChunksNorInformationalResponses() async throws {
        let server = try await ConformanceServer.alone()
        for (path, body) in [("/stream", "one,two"), ("/known", "one,two"), ("/hints", nil), ("/trailers/known", "hello")] {
            let response = try await self.conversation(server, "GET \(path) HTTP/1.0\r\n\r\n")
            #expect(response.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(path): \(response)")
            #expect(!response.lowercased().contains("transfer-encoding"))
            #expect(!response.contains("103"))
            #expect(response.lowercased().contains("\r\nconnection: close\r\n"))
            if let body { #expect(response.hasSuffix("\r\n\r\n\(body)")) }
        }
        // A connection with `keep-alive` stays open if the body has a length.
        let client = try RawHTTPClient(port: server.port)
        for _ in 0..<2 {
            try await client.send("GET /buffer HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            let response = try await client.readResponse()
            #expect(response.head.hasPrefix("HTTP/1.0 200 OK"))
            #expect(response.head.lowercased().contains("\r\nconnection: keep-alive"))
            #expect(response.body == "hello")
        }
        try await client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let (bytes, isClosed) = try await client.readBytes { _ in false }
        #expect(isClosed)
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("\r\n\r\none,two"))
    }

    @Test func connectionsAreClosedOnRequest() async throws {
        let server = try await ConformanceServer.alone()
        for value in ["close", "Close", "TE, close", "Upgrade"] {
            let upgrade = value == "Upgrade" ? "Upgrade: h2c\r\n" : ""
            let response = try await self.conversation(
                server, "GET /buffer HTTP/1.1\r\nHost: a\r\n\(upgrade)Connection: \(value)\r\n\r\n")
            #expect(response.lowercased().contains("\r\nconnection: close\r\n"), "\(value): \(response)")
            #expect(response.hasSuffix("\r\n\r\nhello"))
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        let server = try await ConformanceServer.alone(["HTTP_IDLE_TIMEOUT": "2"])
        // Idle, before and after a request.
        #expect(try await self.conversation(server, "") == "")
        #expect(try await self.conversation(server, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n").hasSuffix("next"))
        // In the middle of a body that the handler waits for.
        #expect(
            try await self.conversation(server, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel") == "")
        // While a head arrives byte by byte.
        let client = try RawHTTPClient(port: server.port)
        let start = ContinuousClock.now
        do {
            for byte in "GET /next HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 200))" {
                try await client.send(String(byte))
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("the connection is still open")
        } catch {
            #expect(ContinuousClock.now - start < .seconds(15))
        }
        // The timeout does not apply to handlers: this one takes three seconds, and the client has nothing left to send.
        let waiting = try RawHTTPClient(port: server.port)
        #expect(try await waiting.send("GET", "/stream/waits").status == 504)
        // Nor does it apply to a handler that reads no further while the client has more to send.
        let busy = try RawHTTPClient(port: server.port)
        try await busy.send("POST /stream/waits HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        let sending = Task {
            // More than the server reads ahead.
            for _ in 0..<100 { try await busy.send(String(repeating: "x", count: 100_000)) }
        }
        #expect(try await busy.readHead().contains("504"))
        sending.cancel()
        _ = await sending.result
    }
}
