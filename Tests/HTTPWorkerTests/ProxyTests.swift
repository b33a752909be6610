import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Testing

@testable import HTTPWorker

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("172.16.0.0/12", "172.31.255.255", true),
        ("172.16.0.0/12", "172.32.0.0", false),
        ("fe80::/10", "fe80::1%eth0", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true),
    ])
    func contains(_ range: String, _ address: String, _ isWithin: Bool) throws {
        #expect(try AddressRange(range).contains(try #require(IPAddress(address))) == isWithin)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "host", "10.0.0", "::1/129", "1.2.3.4/x"])
    func nonsenseIsATypedError(_ text: String) {
        #expect(throws: AddressRangeError.self) { try AddressRange(text) }
    }

    @Test func privateRangesAreWhatTheNameSays() throws {
        for address in [
            "127.0.0.1", "::1", "10.1.1.1", "172.20.0.1", "192.168.0.1", "100.100.0.1", "169.254.1.1", "fd00::1", "fe80::1",
        ] {
            let parsed = try #require(IPAddress(address))
            #expect(AddressRange.privateRanges.contains { $0.contains(parsed) }, "\(address)")
        }
        for address in ["8.8.8.8", "172.15.0.1", "2001:db8::1", "100.128.0.1", "::2"] {
            let parsed = try #require(IPAddress(address))
            #expect(!AddressRange.privateRanges.contains { $0.contains(parsed) }, "\(address)")
        }
        #expect("\(AddressRange.loopback)" == "[127.0.0.0/8, ::1]")
    }
}

@Suite(.timeLimit(.minutes(1))) struct TrustedProxiesTests {
    /// What the application sees of a request from `peer` with these header lines.
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
            #expect(context.remoteAddress?.ipAddress == (IPAddress(client.address) == nil ? nil : client.address))
            return "\(client.address) \(client.scheme) \(client.host) \(client.port)"
        }
        return try await TestWorker.with(HTTP(router)) { worker async throws in
            var request = TestRequest.get(uri, headers: headers)
            request.remoteAddress = peer
            let response = try await worker.send(request)
            return response.status == 200 ? response.text : "\(response.status)"
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
                [("X-Forwarded-Host", "example.org"), ("X-Forwarded-Port", "444"), ("X-Forwarded-Proto", "https")],
                "10.0.0.1 https example.org 444"
            ),
            ([("Forwarded", #"for=203.0.113.7;proto=https;host=example.org"#)], "203.0.113.7 https example.org 443"),
            ([("Forwarded", #"For="[2001:db8::7]:4711"; Proto=HTTPS; by=10.0.0.1"#)], "2001:db8::7 https inside 8080"),
            // The last address that is not trusted is the client, whatever stands before it.
            ([("X-Forwarded-For", "1.1.1.1, 203.0.113.7, 10.0.0.9")], "203.0.113.7 http inside 8080"),
            ([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.7,10.0.0.9")], "203.0.113.7 http inside 8080"),
            (
                [("Forwarded", "for=1.1.1.1;proto=https;host=evil, for=203.0.113.7;proto=http, for=10.0.0.9")],
                "203.0.113.7 http inside 8080"
            ),
            ([("X-Forwarded-For", "10.0.0.3, 10.0.0.2")], "10.0.0.3 http inside 8080"),
            ([("X-Forwarded-For", "[2001:db8::1]:80")], "2001:db8::1 http inside 8080"),
            ([("X-Forwarded-For", "2001:db8::1")], "2001:db8::1 http inside 8080"),
            ([("X-Forwarded-For", "203.0.113.7:5555")], "203.0.113.7 http inside 8080"),
            // Lists: what the outermost trusted proxy was asked for.
            (
                [("X-Forwarded-For", "1.1.1.1, 203.0.113.7"), ("X-Forwarded-Proto", "https, http")],
                "203.0.113.7 http inside 8080"
            ),
            (
                [("X-Forwarded-For", "203.0.113.7, 10.0.0.9"), ("X-Forwarded-Proto", "https, http")],
                "203.0.113.7 https inside 8080"
            ),
            // Nonsense goes no further than whoever wrote it.
            ([("X-Forwarded-For", "1.1.1.1, garbage")], "10.0.0.1 http inside 8080"),
            ([("X-Forwarded-For", "1.1.1.1, unknown, 10.0.0.9")], "10.0.0.9 http inside 8080"),
            ([("X-Forwarded-For", "")], "10.0.0.1 http inside 8080"),
            ([("X-Forwarded-For", ",,,")], "10.0.0.1 http inside 8080"),
            ([("Forwarded", ";;=,,for=")], "10.0.0.1 http inside 8080"),
            ([("Forwarded", "for=_hidden")], "10.0.0.1 http inside 8080"),
            (
                [
                    ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "a\"><script>"),
                    ("X-Forwarded-Port", "0"),
                ], "203.0.113.7 http inside 8080"
            ),
            ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Port", "99999999999999999999")], "203.0.113.7 http inside 8080"),
            // Both, in agreement and not.
            (
                [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=203.0.113.7;proto=https")],
                "203.0.113.7 https inside 8080"
            ),
            ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")], "400"),
            ([("X-Forwarded-Proto", "http"), ("Forwarded", "for=203.0.113.7;proto=https")], "400"),
        ] as [([(String, String)], String)])
    func trustedPeersAreBelieved(_ headers: [(String, String)], _ expected: String) async throws {
        #expect(try await Self.seen(from: "10.0.0.1", headers) == expected)
    }

    @Test(arguments: ["203.0.113.50", "", "@", "2001:db8::99"]) func othersAreNot(_ peer: String) async throws {
        let spoofed = [
            ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "for=127.0.0.1;proto=https;host=evil"),
        ]
        #expect(try await Self.seen(from: peer, spoofed) == "\(peer) http inside 8080")
    }

    @Test func trustingNobodyBelievesNobody() async throws {
        #expect(
            try await Self.seen(from: "127.0.0.1", [("X-Forwarded-For", "1.1.1.1")], trusting: "") == "127.0.0.1 http inside 8080"
        )
    }

    @Test func oneKindOfHeadersCanBeChosen() async throws {
        let headers = [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")]
        #expect(try await Self.seen(from: "10.0.0.1", headers, headers: .forwarded).hasPrefix("198.51.100.1 "))
        #expect(try await Self.seen(from: "10.0.0.1", headers, headers: .xForwarded).hasPrefix("203.0.113.7 "))
    }

    @Test func longListsAreCut() async throws {
        let list = ([String](repeating: "1.1.1.1", count: 10_000) + ["203.0.113.7"]).joined(separator: ",")
        #expect(try await Self.seen(from: "10.0.0.1", [("X-Forwarded-For", list)]) == "203.0.113.7 http inside 8080")
        let trusted = [String](repeating: "10.0.0.2", count: 10_000).joined(separator: ",")
        #expect(try await Self.seen(from: "10.0.0.1", [("X-Forwarded-For", trusted)]) == "10.0.0.2 http inside 8080")
    }

    @Test func withoutProxiesTheClientIsThePeer() async throws {
        try await withText { _, context in
            "\(context.client.address) \(context.client.scheme) \(context.client.host) \(context.client.port)"
        } _: { worker async throws in
            #expect(try await worker.send(.get("https://[::1]:8443/")).text == "127.0.0.1 https [::1] 8443")
            #expect(try await worker.send(.get("https://[::1]/")).text == "127.0.0.1 https [::1] 443")
            #expect(try await worker.send(.get("http:///x")).text == "127.0.0.1 http  80")
        }
    }

    @Test func wrongNamesInTheTextAreErrors() {
        #expect(throws: AddressRangeError.self) {
            try TrustedProxies<BasicRoadRunnerRequestContext>(parsing: "loopback, everyone")
        }
    }
}

@Suite struct BasicCredentialsTests {
    @Test(arguments: [
        ("Basic YW5uOnM6ZWNyZXQ=", "ann", "s:ecret"), ("basic  YW5uOg==", "ann", ""), ("Basic Og==", "", ""),
        ("Basic xb5sdcWlOsW+", "žluť", "ž"),
    ])
    func areRead(_ header: String, _ username: String, _ password: String) throws {
        let request = Request(
            head: .init(method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.authorization: header]),
            body: .init(buffer: ByteBuffer()))
        let credentials = try #require(request.basicCredentials)
        #expect(credentials.username == username)
        #expect(credentials.password == password)
        #expect(credentials.hasPassword(password))
        #expect(!credentials.hasPassword(password + "x"))
        #expect(!credentials.hasPassword("x" + password))
        #expect(!"\(credentials)".contains("ecret"))
    }

    @Test(arguments: ["", "Basic", "Basic ", "Basic !!!", "Bearer YW5uOg==", "Basic YW5u", "Basic /zov"])
    func nonsenseIsNone(_ header: String) {
        let request = Request(
            head: .init(method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.authorization: header]),
            body: .init(buffer: ByteBuffer()))
        #expect(request.basicCredentials == nil)
    }
}
