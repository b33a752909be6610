import HTTPTypes
import Hummingbird
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct TrustedProxiesTests {
    /// The application's view of a request from `peer` with these header lines.
    static func seen(
        from peer: String, _ headers: [(String, String)], uri: String = "http://inside:8080/",
        trusting: String = "10.0.0.0/8, loopback",
        headers kinds: ProxyHeaders = .all
    ) async throws -> String {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: try TrustedProxies(parsing: trusting, headers: kinds))
        router.get("/") { request, context in
            let client = context.client
            #expect(request.head.scheme == client.scheme)
            #expect(context.info.remoteAddress == peer)
            #expect(context.remoteAddress?.ipAddress == client.address)
            return "\(client.address ?? "nil") \(client.scheme) \(client.host) \(client.port)"
        }
        return try await TestWorker.with(HTTP(router)) { worker async throws in
            var request = TestRequest.get(uri, headers: headers)
            request.remoteAddress = peer
            let response = try await worker.send(request)
            return response.status == 200 ? response.text : "\(response.status.code)"
        }
    }

    @Test(
        arguments: [
            ([("X-Forwarded-For", "203.0.113.7")], "203.0.113.7 http inside 8080"),
            (
                [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "example.org")],
                "203.0.113.7 https example.org 443"
            ),
            (
                [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "example.org:8443")],
                "203.0.113.7 https example.org 8443"
            ),
            (
                [("X-Forwarded-Host", "example.org"), ("X-Forwarded-Port", "444"), ("X-Forwarded-Proto", "HTTPS")],
                "10.0.0.1 https example.org 444"
            ),
            ([("Forwarded", #"for=203.0.113.7;proto=https;host=example.org"#)], "203.0.113.7 https example.org 443"),
            ([("Forwarded", #"For="[2001:db8::7]:4711"; Proto=HTTPS; by=10.0.0.1"#)], "2001:db8::7 https inside 8080"),
            ([("Forwarded", #"for=[2001:db8::7]:4711 ; host="[::1]:8443""#)], "2001:db8::7 http [::1] 8443"),
            ([("Forwarded", #"for=203.0.113.7;secret="a,b;c=\"d""#)], "203.0.113.7 http inside 8080"),
            // The last untrusted address is the client, regardless of earlier elements.
            ([("X-Forwarded-For", "1.1.1.1, 203.0.113.7, 10.0.0.9")], "203.0.113.7 http inside 8080"),
            ([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.7,10.0.0.9")], "203.0.113.7 http inside 8080"),
            (
                [("Forwarded", "for=1.1.1.1;proto=https;host=evil, for=203.0.113.7;proto=http, for=10.0.0.9")],
                "203.0.113.7 http inside 8080"
            ),
            ([("X-Forwarded-For", "10.0.0.3, 10.0.0.2")], "10.0.0.3 http inside 8080"),
            ([("X-Forwarded-For", "[2001:db8::1]:80")], "2001:db8::1 http inside 8080"),
            ([("X-Forwarded-For", "[2001:db8::1]")], "2001:db8::1 http inside 8080"),
            ([("X-Forwarded-For", "2001:db8::1")], "2001:db8::1 http inside 8080"),
            ([("X-Forwarded-For", "203.0.113.7:5555")], "203.0.113.7 http inside 8080"),
            // Of lists, the element that the outermost trusted proxy added counts.
            (
                [("X-Forwarded-For", "1.1.1.1, 203.0.113.7"), ("X-Forwarded-Proto", "https, http")],
                "203.0.113.7 http inside 8080"
            ),
            (
                [("X-Forwarded-For", "203.0.113.7, 10.0.0.9"), ("X-Forwarded-Proto", "https, http")],
                "203.0.113.7 https inside 8080"
            ),
            // One element more than there are addresses: it came from the client itself.
            ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https, http")], "203.0.113.7 http inside 8080"),
            // The port of an inner proxy does not belong to the outer one's host.
            (
                [("Forwarded", "for=203.0.113.7;host=example.org, for=10.0.0.9;host=inner:8081")],
                "203.0.113.7 http example.org 80"
            ),
            // Empty elements are ignored, and a list of only empty ones counts as missing.
            ([("X-Forwarded-For", ", 203.0.113.7,,"), ("X-Forwarded-Proto", ",https ,")], "203.0.113.7 https inside 8080"),
            ([("X-Forwarded-For", "")], "10.0.0.1 http inside 8080"),
            ([("X-Forwarded-For", ",, ,"), ("Forwarded", ",")], "10.0.0.1 http inside 8080"),
            ([("Forwarded", "for=203.0.113.7;;proto=https;, ")], "203.0.113.7 https inside 8080"),
        ] as [([(String, String)], String)])
    func trustedPeersCount(_ headers: [(String, String)], _ expected: String) async throws {
        #expect(try await Self.seen(from: "10.0.0.1", headers) == expected)
    }

    @Test(
        arguments: [
            ([("X-Forwarded-For", "unknown")], "nil http inside 8080"),
            ([("X-Forwarded-For", "1.1.1.1, Unknown"), ("X-Forwarded-Proto", "https")], "nil https inside 8080"),
            ([("X-Forwarded-For", "1.1.1.1, unknown, 10.0.0.9")], "nil http inside 8080"),
            ([("X-Forwarded-For", "_hidden")], "nil http inside 8080"),
            ([("Forwarded", "for=_hidden;proto=https")], "nil https inside 8080"),
            ([("Forwarded", #"for=1.1.1.1, for="_SEVKISEK:_port""#)], "nil http inside 8080"),
            ([("Forwarded", #"for="unknown:47011""#)], "nil http inside 8080"),
            // A proxy that does not name the client.
            ([("Forwarded", "for=1.1.1.1, proto=https")], "nil https inside 8080"),
            // nginx writes this for a client on a unix socket, which is not trusted here.
            ([("X-Forwarded-For", "1.1.1.1, unix:")], "nil http inside 8080"),
        ] as [([(String, String)], String)])
    func unnamedClientsHaveNoAddress(_ headers: [(String, String)], _ expected: String) async throws {
        #expect(try await Self.seen(from: "10.0.0.1", headers) == expected)
    }

    @Test(
        arguments: [
            // A comma that is part of a longer character.
            [("X-Forwarded-For", "\u{600}, 203.0.113.7")], [("X-Forwarded-For", "\u{600},203.0.113.7")],
            [("X-Forwarded-For", "10.0.0.3,\u{301} 203.0.113.7")], [("X-Forwarded-For", "1.1.1.1, garbage")],
            [("X-Forwarded-For", "garbage, 203.0.113.7")], [("X-Forwarded-For", "\"1.1.1.1, 203.0.113.7")],
            [("X-Forwarded-For", "\"1.1.1.1\", 203.0.113.7")], [("X-Forwarded-For", "1.1.1.1 203.0.113.7")],
            [("X-Forwarded-For", "203.0.113.7:99999")], [("X-Forwarded-For", "[2001:db8::1]:65536")],
            [("X-Forwarded-For", "203.0.113.7:0")], [("X-Forwarded-For", "unknown:99999")],
            [("X-Forwarded-For", "fe80::1%eth0")], [("X-Forwarded-For", "[fe80::1%eth0]:80")],
            [("Forwarded", #"for="[fe80::1%25eth0]""#)], [("X-Forwarded-Host", "[fe80::1%25eth0]")],
            [("X-Forwarded-For", "203.0.113.7:123456")], [("X-Forwarded-For", "203.0.113.7:")],
            [("X-Forwarded-For", "203.0.113.7%eth0")], [("X-Forwarded-For", "[203.0.113.7]")], [("X-Forwarded-For", "[::1")],
            [("X-Forwarded-For", "[::1]x")], [("X-Forwarded-For", "2001:db8::1:99999")], [("X-Forwarded-For", "_")],
            [("X-Forwarded-For", "_hi dden")], [("X-Forwarded-For", "un\u{212A}nown")], [("X-Forwarded-For", "@")],
            // An open quote, which swallows the element that the proxy appends.
            [("Forwarded", "for=198.51.100.9;proto=https;host=evil;x=\", for=203.0.113.7;proto=http")],
            [("Forwarded", #"for=10.0.0.3;x=", for="[2001:db8::7]:80";host="example.org""#)],
            [("Forwarded", #"for=10.0.0.3;x="\, for=203.0.113.7;host="example.org""#)],
            [("Forwarded", #"for=10.0.0.3;x="a"b, for=203.0.113.7"#)], [("Forwarded", ";;=,,for=")], [("Forwarded", "for")],
            [("Forwarded", "for = 203.0.113.7")], [("Forwarded", "for=203.0.113.7 proto=https")],
            [("Forwarded", "for=203.0.113.7;for=10.0.0.3")], [("Forwarded", "for=203.0.113.7;For=10.0.0.3")],
            [("Forwarded", "for=\u{600}, for=203.0.113.7")], [("Forwarded", "for=203.0.113.7;proto=\"\"")],
            [("Forwarded", "for=203.0.113.7;proto=javascript")], [("Forwarded", "for=203.0.113.7;host=\"a b\"")],
            [("Forwarded", "for=garbage, for=203.0.113.7")], [("Forwarded", "203.0.113.7")],
            [("X-Forwarded-Proto", "javascript")], [("X-Forwarded-Proto", "https, http s")],
            [("X-Forwarded-Proto", "http\u{17F}")],
            [("X-Forwarded-Host", "a\"><script>")], [("X-Forwarded-Host", "a:b:c")], [("X-Forwarded-Host", "a:0")],
            [("X-Forwarded-Host", "[::1")], [("X-Forwarded-Host", "[a]:80")], [("X-Forwarded-Host", ":80")],
            [("X-Forwarded-Host", String(repeating: "a", count: 256))], [("X-Forwarded-Host", "a/b")],
            [("X-Forwarded-Port", "0")], [("X-Forwarded-Port", "+80")], [("X-Forwarded-Port", "65536")],
            [("X-Forwarded-Port", "99999999999999999999")], [("X-Forwarded-Port", "http")],
        ] as [[(String, String)]])
    func malformedHeadersAreRefused(_ headers: [(String, String)]) async throws {
        #expect(try await Self.seen(from: "10.0.0.1", headers) == "400")
        // The headers of an untrusted peer are ignored.
        #expect(try await Self.seen(from: "203.0.113.50", headers) == "203.0.113.50 http inside 8080")
    }

    @Test func malformedHeadersOutsideTheDefaultAreIgnored() async throws {
        let headers = [
            ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "a\"b"),
            ("X-Forwarded-Port", "x"), ("Forwarded", "\""),
        ]
        #expect(try await Self.seen(from: "10.0.0.1", headers, headers: .default) == "203.0.113.7 https inside 8080")
    }

    @Test(arguments: ["203.0.113.50", "", "@", "2001:db8::99"]) func untrustedPeersDoNotCount(_ peer: String) async throws {
        let spoofed = [
            ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "for=127.0.0.1;proto=https;host=evil"),
        ]
        let address = IPAddress(peer) == nil ? "nil" : peer
        #expect(try await Self.seen(from: peer, spoofed) == "\(address) http inside 8080")
    }

    @Test func withoutTrustedPeersNoHeadersCount() async throws {
        for trusting in ["", ",,", " , "] {
            #expect(
                try await Self.seen(from: "127.0.0.1", [("X-Forwarded-For", "1.1.1.1")], trusting: trusting)
                    == "127.0.0.1 http inside 8080")
        }
    }

    /// As from a proxy with a common configuration, which writes the first two headers, and passes on the others.
    @Test func headersThatProxiesDoNotWriteAreIgnored() async throws {
        let headers = [
            ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Port", "4711"), ("Forwarded", "for=203.0.113.7;proto=https;host=evil.example"),
        ]
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: TrustedProxies(AddressRange.loopback))
        router.get("/") { request, context in
            "\(context.client.address ?? "nil") \(context.client.scheme) \(request.head.authority ?? "")"
        }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            #expect(try await worker.send(.get("http://inside/", headers: headers)).text == "203.0.113.7 https inside")
        }
    }

    @Test(
        arguments: [
            (.xForwardedFor, "203.0.113.7 http inside 8080"), (.xForwardedProto, "10.0.0.1 https inside 8080"),
            (.xForwardedHost, "10.0.0.1 http example.org 80"), (.xForwardedPort, "10.0.0.1 http inside 4711"),
            (.forwarded, "198.51.100.1 http other.example 80"), (.xForwarded, "203.0.113.7 https example.org 4711"),
            ([], "10.0.0.1 http inside 8080"),
        ] as [(ProxyHeaders, String)])
    func eachHeaderCanBeChosen(_ kinds: ProxyHeaders, _ expected: String) async throws {
        let headers = [
            ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "example.org"),
            ("X-Forwarded-Port", "4711"), ("Forwarded", "for=198.51.100.1;host=other.example"),
        ]
        #expect(try await Self.seen(from: "10.0.0.1", headers, headers: kinds) == expected)
    }

    @Test(
        arguments: [
            // An element in only one of the headers may come from the client.
            (
                [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=203.0.113.7;host=evil;proto=https")],
                "203.0.113.7 http inside 8080"
            ),
            (
                [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Host", "evil"), ("Forwarded", "for=203.0.113.7")],
                "203.0.113.7 http inside 8080"
            ),
            ([("X-Forwarded-Proto", "https"), ("Forwarded", "for=203.0.113.7;proto=https")], "nil https inside 8080"),
            (
                [
                    ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "Example.org"),
                    ("X-Forwarded-Port", "8443"), ("Forwarded", "for=203.0.113.7;proto=https;host=example.org:8443"),
                ], "203.0.113.7 https example.org 8443"
            ),
            ([("X-Forwarded-For", "unknown"), ("Forwarded", "for=_hidden")], "nil http inside 8080"),
            ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")], "400"),
            ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=unknown")], "400"),
            ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "proto=http")], "400"),
            ([("X-Forwarded-Proto", "http"), ("Forwarded", "for=203.0.113.7;proto=https")], "400"),
            ([("X-Forwarded-Host", "a"), ("Forwarded", "for=203.0.113.7;host=b")], "400"),
            (
                [
                    ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Host", "a:1"), ("Forwarded", "for=203.0.113.7;host=a:2"),
                ], "400"
            ),
        ] as [([(String, String)], String)])
    func bothKindsMustSayTheSame(_ headers: [(String, String)], _ expected: String) async throws {
        #expect(try await Self.seen(from: "10.0.0.1", headers) == expected)
    }

    @Test(arguments: ["@", "", "@nginx", "/run/nginx.sock"]) func peersOfUnixSocketsAreTrustedByName(_ peer: String) async throws
    {
        let headers = [("X-Forwarded-For", "1.1.1.1, 203.0.113.7"), ("X-Forwarded-Proto", "https")]
        let expected = "203.0.113.7 https inside 8080"
        #expect(try await Self.seen(from: peer, headers, trusting: "unix") == expected)
        #expect(try await Self.seen(from: peer, headers, trusting: "private_ranges, UNIX") == expected)
        #expect(try await Self.seen(from: peer, headers, trusting: "private_ranges, 0.0.0.0/0, ::/0") == "nil http inside 8080")
        // The inner proxy is connected by a unix socket as well.
        let chain = [("X-Forwarded-For", "203.0.113.7, unix:")]
        #expect(try await Self.seen(from: peer, chain, trusting: "unix") == "203.0.113.7 http inside 8080")
        #expect(try await Self.seen(from: "203.0.113.50", headers, trusting: "unix") == "203.0.113.50 http inside 8080")
    }

    /// Standalone, a peer without an address has disconnected.
    @Test func disconnectedPeersAreNotUnixSockets() {
        let info = RequestInfo(remoteAddress: "", remotePort: nil, protocolVersion: "HTTP/1.1")
        #expect(ForwardedNode(peerOf: info) == nil)
    }

    @Test func longListsAreTruncated() async throws {
        let list = ([String](repeating: "1.1.1.1", count: 10_000) + ["203.0.113.7"]).joined(separator: ",")
        #expect(try await Self.seen(from: "10.0.0.1", [("X-Forwarded-For", list)]) == "203.0.113.7 http inside 8080")
        let trusted = [String](repeating: "10.0.0.2", count: 10_000).joined(separator: ",")
        #expect(try await Self.seen(from: "10.0.0.1", [("X-Forwarded-For", trusted)]) == "10.0.0.2 http inside 8080")
    }

    @Test func withoutProxiesTheClientIsThePeer() async throws {
        try await withText { _, context in
            "\(context.client.address ?? "nil") \(context.client.scheme) \(context.client.host) \(context.client.port)"
        } _: { worker async throws in
            #expect(try await worker.send(.get("https://[::1]:8443/")).text == "127.0.0.1 https [::1] 8443")
            #expect(try await worker.send(.get("https://[::1]/")).text == "127.0.0.1 https [::1] 443")
            #expect(try await worker.send(.get("http:///x")).text == "127.0.0.1 http  80")
            #expect(try await worker.send(.get("http://host:/x")).text == "127.0.0.1 http host 80")
            #expect(try await worker.send(.get("http://host:+1/x")).text == "127.0.0.1 http host:+1 80")
        }
    }

    @Test func unknownNamesAreErrors() {
        for text in ["loopback, everyone", "loopbac\u{212A}", "unix,\u{301}loopback"] {
            #expect(throws: AddressRangeError.self, "\(text)") {
                try TrustedProxies<BasicRoadRunnerRequestContext>(parsing: text)
            }
        }
    }

    /// For any input of the client, the result is the address that the proxy appends, or the request is refused.
    @Test func noBeginningOfAListSwallowsItsEnd() throws {
        var generator = SeededGenerator.forTest()
        let pieces = [
            ",", ";", "=", "\"", "\\", " ", "\t", "for=", "for=10.0.0.3", "proto=https", "host=evil", "x=\"", "10.0.0.3",
            "unknown",
            "\u{301}", "\u{600}", "\u{200D}", "\u{FE0F}", "a", "[", "]", ":", "[::1]", "\u{37E}",
        ]
        let appended = [
            ("X-Forwarded-For", ", 203.0.113.7"), ("X-Forwarded-For", ",203.0.113.7"),
            ("Forwarded", ", for=203.0.113.7;proto=http"),
            ("Forwarded", #",for="203.0.113.7:80";host="example.org:80";proto="http""#),
            ("Forwarded", #", by="[::1]:80";for="203.0.113.7";proto=http;host="example.org""#),
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            let written = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            let (name, end) = try #require(appended.randomElement(using: &generator))
            var headers = HTTPFields()
            headers[try #require(HTTPField.Name(name))] = written + end
            guard let said = try? ForwardedHeaders(headers, .all) else { continue }
            accepted += 1
            let hop = try #require((said.standard ?? said.deFacto)?.last, "\(written)")
            #expect(hop.client == ForwardedNode("203.0.113.7"), "\(written)")
            #expect(hop.scheme != "https" && hop.authority?.host != "evil", "\(written)")
        }
        #expect(accepted > 100)
    }
}
