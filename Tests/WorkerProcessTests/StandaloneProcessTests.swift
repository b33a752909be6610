import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)), .serialized) struct StandaloneProcessTests {
    @Test func servesTheSameApplication() async throws {
        try await DemoProcess.withStandalone { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            let hello = try await client.send("GET", "/hello")
            #expect(hello.status == 200)
            #expect(hello.body == "Hello from Swift!\n")
            #expect(hello.head.lowercased().contains("\r\ndate: "))
            #expect(try await client.send("GET", "/nope").status == 404)
            let thrown = try await client.send("GET", "/throw")
            #expect(thrown.status == 500)
            #expect(thrown.body == "500 Internal Server Error\n")
            let echo = try await client.send("POST", "/echo?a=b", headers: ["X-A: 1"], body: "text")
            #expect(echo.body.contains("\"remoteAddress\":\"127.0.0.1\""))
            #expect(echo.body.contains("\"protocol\":\"HTTP\\/1.1\""))
            #expect(echo.body.contains("\"query\":\"a=b\""))
            let head = try await client.send("HEAD", "/hello")
            #expect(head.status == 200)
            #expect(head.head.lowercased().contains("content-length: 18"))
            #expect(try await client.send("GET", "/hello").status == 200)
        }
    }

    /// The kernel is rebuilt while requests continue, and no request is lost.
    @Test func kernelsAreRebootedUnderLoad() async throws {
        try await DemoProcess.withStandalone(environment: ["APP_DEBUG": "true", "KERNEL_REBOOT": "on_exception"]) {
            port, process async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        let client = try RawHTTPClient(port: port)
                        for number in 0..<50 {
                            let path = task == 0 && number % 10 == 5 ? "/reboot" : "/sleep?ms=5"
                            #expect(try await client.send("GET", path).status == 200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await process.standardError.wait(for: "event: kernel rebooted", timeout: .seconds(20)))
            #expect(try await RawHTTPClient(port: port).send("GET", "/throw").status == 500)
            #expect(await process.standardError.wait(for: "OutOfCoffee was thrown", timeout: .seconds(20)))
        }
    }

    /// Whether the router, a handler's limit, or an endpoint of another worker refused the request.
    @Test(arguments: ["true", "false"]) func errorsHaveBodies(_ debug: String) async throws {
        try await DemoProcess.withStandalone(environment: ["APP_DEBUG": debug]) { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            let json = ["Accept: application/json", "Content-Type: application/json"]
            let large = "{\"user\":\"\(String(repeating: "x", count: 3 << 20))\"}"
            for (method, path, body, status) in [
                ("GET", "/nope", "", 404), ("DELETE", "/hello", "", 404), ("POST", "/login", large, 413),
                ("GET", "/centrifugo/connect", "", 405), ("POST", "/centrifugo/nothing", "{}", 404),
                ("GET", "/files/nothing.txt", "", 404), ("GET", "/me", "", 401),
            ] {
                let connection = try RawHTTPClient(port: port)
                let response = try await connection.send(method, path, headers: json, body: body)
                #expect(response.status == status, "\(path)")
                #expect(response.head.lowercased().contains("content-type: application/json"), "\(path)")
                #expect(response.body.contains("\"error\""), "\(path)")
            }
            let unknown = try await client.send("GET", "/helo", headers: json)
            #expect(unknown.body.contains("/hello") == (debug == "true"))
            let head = try await client.send("HEAD", "/helo", headers: json)
            #expect(head.status == 404)
            // In debug the page names the method.
            let length = unknown.body.utf8.count + (debug == "true" ? 1 : 0)
            #expect(head.head.lowercased().contains("content-length: \(length)"))
        }
    }

    /// Without a Centrifugo, the chat's page explains the missing settings.
    @Test(arguments: ["", "http://127.0.0.1:1/api"]) func theChatNamesMissingSettings(_ api: String) async throws {
        let settings = ["CENTRIFUGO_API_URL": api, "CENTRIFUGO_WEBSOCKET_URL": ""].filter { !$0.value.isEmpty }
        try await DemoProcess.withStandalone(environment: settings) { port, _ async throws in
            let page = try await RawHTTPClient(port: port).send("GET", "/chat").body
            #expect(page.contains("CENTRIFUGO_CLIENT_PROXY_CONNECT_ENDPOINT="))
            #expect(page.contains("<code>CENTRIFUGO_WEBSOCKET_URL</code> is not set"))
            #expect(page.contains("<code>CENTRIFUGO_API_URL</code> is not set") == api.isEmpty)
        }
        try await DemoProcess.with(environment: ["CENTRIFUGO_WEBSOCKET_URL": "ws://a.test/\"<x>"]) { worker async throws in
            let page = try await worker.send(.get("/chat")).text
            #expect(page.contains("centrifugo -c centrifugo.json"))
            #expect(page.contains("<code>centrifuge.proxy_address</code>"))
            #expect(page.contains("<code>CENTRIFUGO_WEBSOCKET_URL</code> names that address"))
            #expect(!page.contains("<x>"))
        }
    }

    /// The inspector lists Centrifugo's events among the requests.
    @Test func theInspectorShowsEvents() async throws {
        try await DemoProcess.withStandalone(environment: ["APP_DEBUG": "true"]) { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            let body =
                #"{"client":"c1","transport":"websocket","protocol":"json","encoding":"json","user":"7","channel":"unknown:x","data":{}}"#
            _ = try await client.send("POST", "/centrifugo/publish", headers: ["Content-Type: application/json"], body: body)
            _ = try await client.send("GET", "/counter")
            let page = try await client.send("GET", "/_roadrunner")
            #expect(page.status == 200)
            #expect(page.body.contains("publish unknown:x"))
            #expect(page.body.contains("GET /counter"))
        }
    }

    /// Runs in a real browser, if one is installed.
    @Test(.enabled(if: WebDriver.path != nil, "chromedriver is not installed")) func aPersonUsesTheDemo() async throws {
        try await DemoProcess.withStandalone { port, _ async throws in try await browseDemo(port: port) }
    }

    /// Forms, ranges, early hints, trailers, sessions and work after the response are the same without RoadRunner.
    @Test func theWebIsTheSame() async throws {
        try await withTemporaryDirectory { folder in
            try Data("0123456789".utf8).write(to: URL(filePath: "\(folder)/d.txt"))
            try Data("accents".utf8).write(to: URL(filePath: "\(folder)/ž d.txt"))
            try await DemoProcess.withStandalone(environment: ["DEMO_FILES": folder, "TRUSTED_PROXIES": "loopback"]) {
                port, _ async throws in
                let client = try RawHTTPClient(port: port)
                let body =
                    "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nabc\r\n--b\r\n"
                    + "Content-Disposition: form-data; name=\"a[]\"\r\n\r\n1\r\n--b--\r\n"
                let upload = try await client.send(
                    "POST", "/upload", headers: ["Content-Type: multipart/form-data; boundary=b"], body: body)
                let answer = try UploadResponse(upload.body)
                #expect(answer.fields == ["a": .list([.text("1")])])
                #expect(answer.files.first?.sha256 == DemoWebTests.sha256OfABC)
                #expect(try await client.send("POST", "/upload", headers: ["Content-Type: text/plain"], body: "x").status == 415)

                let part = try await client.send("GET", "/files/d.txt", headers: ["Range: bytes=2-4"])
                #expect(part.status == 206)
                #expect(part.body == "234")
                #expect(try await client.send("HEAD", "/files/d.txt").head.lowercased().contains("content-length: 10"))
                #expect(try await client.send("GET", "/files/%2e%2e/d.txt").status == 404)
                #expect(try await client.send("GET", "/files/\(String(repeating: "a", count: 300))").status == 404)
                #expect(try await client.send("GET", "/files/%C5%BE%20d.txt").body == "accents")

                let who = try await client.send(
                    "GET", "/whoami", headers: ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"])
                #expect(who.body.contains("203.0.113.7"))
                #expect(who.body.contains("https"))
                let hidden = try await client.send("GET", "/whoami", headers: ["X-Forwarded-For: 203.0.113.7, unknown"])
                #expect(hidden.status == 200)
                #expect(!hidden.body.contains("address"))
                #expect(try await client.send("GET", "/whoami", headers: ["X-Forwarded-For: \u{600}, 203.0.113.7"]).status == 400)

                let login = try await client.send(
                    "POST", "/login", headers: ["Content-Type: application/json"], body: #"{"user":"ann"}"#)
                let cookie = try #require(login.head.firstMatch(of: /session=[A-Za-z0-9_-]{43}/)?.0)
                #expect(try await client.send("GET", "/me", headers: ["Cookie: \(cookie)"]).body.contains("ann"))
                #expect(try await client.send("GET", "/me").status == 401)

                let after = try await client.send("GET", "/after?ms=50")
                // On the same connection the next request waits for the work.
                #expect(try await client.send("GET", "/after/last").body == after.body)

                try await client.send("GET /hints HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let hints = try await client.readHead()
                #expect(hints.hasPrefix("HTTP/1.1 103 "))
                #expect(hints.contains("/files/swift.svg"))
                #expect(try await client.readResponse().body == "early hints were sent\n")
            }
        }
    }

    /// Without RoadRunner the storages are in the process.
    @Test func storages() async throws {
        try await DemoProcess.withStandalone { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            #expect(try await client.send("GET", "/counter").body == #"{"count":1}"#)
            #expect(try await client.send("GET", "/counter").body == #"{"count":2}"#)
            #expect(try await client.send("PUT", "/vault/a", body: "text").status == 204)
            #expect(try await client.send("GET", "/vault/a").body == "text")
            #expect(try await client.send("DELETE", "/vault/a").status == 204)
            #expect(try await client.send("GET", "/vault/a").status == 404)
            #expect(try await client.send("GET", "/many?keys=counter,nothing").body == #"{"counter":2}"#)
        }
    }

    /// Tests the endpoints for Centrifugo's HTTP proxy.
    @Test func eventsOfCentrifugo() async throws {
        try await DemoProcess.withStandalone(environment: ["CENTRIFUGO_PROXY_SECRET": "s3cret"]) { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            let headers = ["Content-Type: application/json", "X-Centrifugo-Proxy-Secret: s3cret"]
            func post(_ path: String, _ body: String) async throws -> RawHTTPClient.Response {
                try await client.send("POST", "/centrifugo/" + path, headers: headers, body: body)
            }
            let base = #""client":"c","transport":"websocket","protocol":"json","encoding":"json""#
            let connected = try await post("connect", #"{\#(base),"data":{"name":"ann"}}"#)
            #expect(connected.status == 200)
            #expect(connected.body.contains(#""user":"ann""#) && connected.body.contains(#""data":{"welcome":"ann"}"#))
            #expect(try await post("connect", #"{\#(base)}"#).body.contains(#""disconnect":{"code":4501"#))
            #expect(try await post("subscribe", #"{\#(base),"user":"ann","channel":"other"}"#).body.contains(#""code":403"#))
            let published = try await post("publish", #"{\#(base),"user":"ann","channel":"chat:a","data":{"text":"hi"}}"#)
            #expect(published.body.contains(#""text":"hi""#) && published.body.contains(#""user":"ann""#))
            #expect(try await post("rpc", #"{\#(base),"user":"ann","method":"ping"}"#).body.contains(#""data":{"pong":true}"#))
            #expect(try await post("refresh", #"{\#(base),"user":"ann"}"#).body.contains(#""expire_at":"#))
            #expect(try await post("sub_refresh", #"{\#(base),"user":"ann","channel":"chat:a"}"#).body.contains(#""expire_at":"#))
            #expect(try await post("rpc", "nonsense").body.contains(#""code":107"#))
            #expect(try await post("unheard_of", "{}").status == 404)
            #expect(try await client.send("GET", "/centrifugo/connect", headers: headers).status == 405)
            #expect(try await client.send("POST", "/centrifugo/connect", body: "{}").status == 401)
            #expect(
                try await client.send(
                    "POST", "/centrifugo/connect", headers: ["X-Centrifugo-Proxy-Secret: s3cre"], body: "{}"
                ).status == 401)
            // Centrifugo is not running.
            #expect(try await client.send("POST", "/broadcast?channel=chat:a", body: "x").status == 502)
            #expect(try await client.send("GET", "/hello").status == 200)
        }
    }

    /// A server that other hosts can reach must authenticate Centrifugo.
    @Test(arguments: ["HTTP_LAZY_BOOT", "CENTRIFUGO_PROXY_SECRET"]) func unauthenticatedEventsAreRefusedAtBoot(_ empty: String)
        async throws
    {
        try await withTemporaryDirectory { folder in
            var variables = ProcessInfo.processInfo.environment.merging(DemoProcess.environment(folder)) { $1 }
            for key in ["RR_MODE", "RR_RPC", "APP_RUNTIME"] { variables[key] = nil }
            variables.merge(["HTTP_HOST": "0.0.0.0", "HTTP_PORT": "0", empty: ""]) { $1 }
            func demo(_ environment: [String: String]) throws -> ChildProcess {
                try ChildProcess(
                    BuiltProducts.example("Demo"), arguments: [], environment: variables.merging(environment) { $1 }, input: nil,
                    output: nil, loop: Peer.sharedLoop())
            }
            let refused = try demo([:])
            defer { refused.signal(SIGKILL) }
            #expect(await refused.waitForExit(timeout: .seconds(30)) == .exited(1))
            #expect(refused.standardError.current.contains("CENTRIFUGO_PROXY_SECRET"))
            for key in ["CENTRIFUGO_PROXY_SECRET", "CENTRIFUGO_PROXY_INSECURE"] {
                let allowed = try demo([key: "true"])
                defer { allowed.signal(SIGKILL) }
                #expect(await allowed.standardError.wait(for: "listening on http://0.0.0.0", timeout: .seconds(30)))
            }
        }
    }

    @Test func streamsArriveChunkByChunk() async throws {
        try await DemoProcess.withStandalone { port, _ async throws in
            let client = try RawHTTPClient(port: port)
            try await client.send("GET /stream?n=3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await client.readHead()
            var arrivals: [ContinuousClock.Instant] = []
            while let chunk = try await client.readChunk() {
                arrivals.append(.now)
                #expect(chunk == "line \(arrivals.count)\n")
            }
            #expect(arrivals.count == 3)
            #expect(arrivals[2] - arrivals[0] > .milliseconds(100))
        }
    }

    @Test func signalEndsItGracefully() async throws {
        try await DemoProcess.withStandalone { port, process async throws in
            let client = try RawHTTPClient(port: port)
            try await client.send("GET /sleep?ms=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await Task.sleep(for: .milliseconds(100))
            process.signal(SIGTERM)
            #expect(try await client.readResponse().status == 200)
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(0))
        }
    }

    /// The process traps the signal before it logs its address.
    @Test func signalRightAfterTheAnnouncementEndsItGracefully() async throws {
        for _ in 0..<10 {
            try await DemoProcess.withStandalone { _, process async throws in
                process.signal(SIGTERM)
                #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(0))
            }
        }
    }

    /// Malformed or incomplete HTTP is a client error: it is refused, without a report or a reboot.
    @Test(arguments: ["ZZ\r\n", "5\r\nhel"]) func brokenBodiesAreRefused(_ rest: String) async throws {
        try await DemoProcess.withStandalone { port, process async throws in
            let client = try RawHTTPClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + rest)
            client.endOutput()
            let response = try await client.readResponse()
            #expect(response.status == 400)
            #expect(response.head.lowercased().contains("connection: close"))
            #expect(try await RawHTTPClient(port: port).send("GET", "/hello").status == 200)
            process.signal(SIGTERM)
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(0))
            let text = process.standardError.current
            #expect(text.contains("refused the request"))
            #expect(!text.contains("rebooted") && !text.contains("\"level\":\"error\""))
        }
    }

    @Test func lazyBootListensAtOnce() async throws {
        try await DemoProcess.withStandalone(environment: ["DEMO_BOOT_DELAY": "2", "HTTP_LAZY_BOOT": "1"]) {
            port, _ async throws in
            let start = ContinuousClock.now
            #expect(try await RawHTTPClient(port: port).send("GET", "/hello").status == 200)
            #expect(ContinuousClock.now - start >= .seconds(2))
        }
    }

    @Test func anAddressInUseIsNamed() async throws {
        try await DemoProcess.withStandalone { port, _ async throws in
            let error = await #expect(throws: RawHTTPClient.Failure.self) {
                try await DemoProcess.withStandalone(environment: ["HTTP_PORT": "\(port)"]) { _, _ in }
            }
            #expect(
                error?.description.contains("cannot listen on 127.0.0.1:\(port): bind: Address already in use (errno") == true)
        }
    }

    @Test func errorPagesAreShownInDebug() async throws {
        try await DemoProcess.withStandalone(environment: ["APP_DEBUG": "1"]) { port, _ async throws in
            #expect(try await RawHTTPClient(port: port).send("GET", "/throw").body.contains("the machine is out of coffee"))
        }
    }
}
