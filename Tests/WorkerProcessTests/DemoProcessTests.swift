import Foundation
import Goridge
import NIOCore
import RoadRunnerTesting
import Testing

private struct Echo: Decodable {
    let method: String
    let path: String
    let query: String?
    let scheme: String?
    let authority: String?
    let headers: [String: [String]]
    let remoteAddress: String
    let `protocol`: String
    let bodyLength: Int
    let body: String?
    let pid: Int32
}

/// Creates a header with a valid checksum, for any other contents.
private func header(versionAndWords: UInt8, length: UInt32) -> [UInt8] {
    let crc = FrameHeader.checksum(versionAndWords: versionAndWords, flags: 0, payloadLength: length)
    return [versionAndWords, 0] + [length, crc].flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        + [0, 0]
}

@Suite(.timeLimit(.minutes(2))) struct DemoProcessTests {
    @Test(arguments: TestWorker.Relay.allCases) func servesOverEveryRelay(_ relay: TestWorker.Relay) async throws {
        try await DemoProcess.with(relay: relay) { worker async throws in
            #expect(try await worker.handshake() == worker.processID)
            #expect(try await worker.send(.get("/hello")).text == "Hello from Swift!\n")
            let echo = try await worker.send(
                TestRequest(
                    "POST", "http://example.org:8080/echo?a=1", headers: [("X-A", "1"), ("X-A", "2")],
                    body: ByteBuffer(string: "body"))
            ).decode(as: Echo.self)
            #expect(echo.method == "POST")
            #expect(echo.path == "/echo")
            #expect(echo.query == "a=1")
            #expect(echo.scheme == "http")
            #expect(echo.authority == "example.org:8080")
            #expect(echo.headers["X-A"] == ["1", "2"])
            #expect(echo.remoteAddress == "127.0.0.1")
            #expect(echo.protocol == "HTTP/1.1")
            #expect(echo.bodyLength == 4)
            #expect(echo.body == "body")
            #expect(echo.pid == worker.processID)
            #expect(try await worker.send(.get("/stream?n=3")).text == "line 1\nline 2\nline 3\n")
            #expect(try await worker.send(.get("/nope")).status == 404)
            let page = try await worker.send(.get("/"))
            #expect(page.head["Content-Type"] == ["text/html; charset=utf-8"])
            for path in ["/", "/hello", "/json", "/stream", "/events", "/echo", "/sleep?ms=1", "/print"] {
                let head = try await worker.send(TestRequest("HEAD", path))
                #expect(head.status == 200, "\(path)")
                #expect(head.body.readableBytes == 0, "\(path)")
            }
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test(arguments: TestWorker.Relay.allCases) func printsGoToStandardErrorBeforeTheNextRequest(_ relay: TestWorker.Relay)
        async throws
    {
        try await DemoProcess.with(relay: relay) { worker async throws in
            for _ in 0..<20 {
                #expect(try await worker.send(.get("/print")).text == "printed\n")
                #expect(try await worker.send(.get("/hello")).status == 200)
            }
            #expect(await worker.waitForStandardError(containing: "printed by Swift"))
            #expect(await worker.waitForStandardError(containing: "printed by C"))
        }
    }

    @Test func eventsEndWhenTheClientDisconnects() async throws {
        try await DemoProcess.with() { worker async throws in
            try await worker.stream(.get("/events")) { response async throws in
                #expect(response.head["Content-Type"] == ["text/event-stream"])
                var iterator = response.makeAsyncIterator()
                #expect(try await iterator.next().map { String(buffer: $0) } == "id: 1\ndata: event 1\n\n")
            }
            #expect(try await worker.send(.get("/hello")).status == 200)
        }
    }

    @Test func thrownErrorIs500AndOneLine() async throws {
        try await DemoProcess.with() { worker async throws in
            let response = try await worker.send(.get("/throw?secret=1"))
            #expect(response.status == 500)
            #expect(!response.text.contains("coffee"))
            #expect(await worker.waitForStandardError(containing: "the machine is out of coffee"))
            #expect(!worker.standardError.contains("secret=1"))
            #expect(try await worker.send(.get("/hello")).status == 200)
        }
    }

    @Test(arguments: TestWorker.Relay.allCases) func endOfTheRelayEndsTheProcess(_ relay: TestWorker.Relay) async throws {
        try await DemoProcess.with(relay: relay) { worker async throws in
            _ = try await worker.send(.get("/hello"))
            await worker.disconnect()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func endOfTheRelayInTheMiddleOfAStreamEndsTheProcess() async throws {
        try await DemoProcess.with() { worker async throws in
            try await worker.begin(.get("/events"))
            _ = try await worker.nextFrame()
            await worker.disconnect()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func signalEndsAnIdleWorker(_ signal: Int32) async throws {
        try await DemoProcess.with() { worker async throws in
            _ = try await worker.send(.get("/hello"))
            worker.signal(signal)
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    /// The worker traps the signal before it answers the handshake.
    @Test func signalRightAfterTheHandshakeEndsTheWorkerProperly() async throws {
        for _ in 0..<25 {
            try await DemoProcess.with() { worker async throws in
                worker.signal(SIGTERM)
                #expect(try await worker.waitForExit() == .exited(0))
            }
        }
    }

    @Test func signalDuringTheBootEndsTheWorkerProperly() async throws {
        try await DemoProcess.with(environment: ["DEMO_BOOT_DELAY": "1", "LOG_LEVEL": "debug"], performsHandshake: false) {
            worker async throws in
            #expect(await worker.waitForStandardError(containing: "building the kernel before answering the handshake"))
            worker.signal(SIGTERM)
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    /// The client chooses the content type, so it must not have any effect on the process.
    @Test func rawBodiesThatRoadRunnerHasParsedAre415WithOneWarning() async throws {
        try await DemoProcess.with() { worker async throws in
            for _ in 0..<3 {
                var request = TestRequest("PUT", "/vault/a", body: ByteBuffer(string: #"{"text":""}"#))
                request.isParsed = true
                #expect(try await worker.send(request).status == 415)
            }
            #expect(try await worker.send(.get("/hello")).status == 200)
            worker.signal(SIGTERM)
            #expect(try await worker.waitForExit() == .exited(0))
            let lines = worker.standardError.split(separator: "\n")
            #expect(lines.count { $0.contains("http.raw_body: true") } == 1)
            #expect(!lines.contains { $0.contains("rebooted") })
        }
    }

    @Test func signalLetsTheRequestInFlightFinish() async throws {
        try await DemoProcess.with() { worker async throws in
            try await worker.begin(.get("/sleep?ms=3000"))
            #expect(await worker.receivesNothing(for: .milliseconds(100)))
            worker.signal(SIGTERM)
            #expect(try await worker.finishResponse().status == 200)
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func signalLetsAStreamContinue() async throws {
        try await DemoProcess.with() { worker async throws in
            try await worker.stream(.get("/stream?n=4")) { response async throws in
                var iterator = response.makeAsyncIterator()
                _ = try await iterator.next()
                worker.signal(SIGTERM)
                var count = 1
                while try await iterator.next() != nil { count += 1 }
                #expect(count == 4)
            }
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func signalEndsAnEndlessStreamAtTheDeadline() async throws {
        try await DemoProcess.with() { worker async throws in
            try await worker.begin(.get("/events"))
            _ = try await worker.nextFrame()
            let signalled = ContinuousClock.now
            worker.signal(SIGTERM)
            var frames = 0
            while try await worker.nextFrame().stream.contains(.stream) { frames += 1 }
            // An event every 500 ms, for 6 s.
            #expect(frames >= 8)
            #expect(ContinuousClock.now - signalled >= .seconds(5))
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test(
        arguments: [
            ("garbage", Array("PHP Fatal error: something".utf8), "checksum"),
            ("another version", header(versionAndWords: 0x23, length: 0), "version 2"),
            ("too many options", header(versionAndWords: 0x1F, length: 0), "15 words"),
        ] as [(String, [UInt8], String)]
    )
    func malformedFramesEndTheProcessWithOneLine(_ name: String, _ bytes: [UInt8], _ text: String) async throws {
        try await DemoProcess.with() { worker async throws in
            await worker.send(raw: bytes)
            #expect(try await worker.waitForExit() == .exited(1), "\(name)")
            #expect(await worker.waitForStandardError(containing: "[roadrunner-swift]"))
            #expect(worker.standardError.contains(text))
        }
    }

    @Test func endInsideAFrameEndsTheProcessWithOneLine() async throws {
        try await DemoProcess.with() { worker async throws in
            await worker.send(raw: [0x14, 0x80, 0x05])
            // The bytes have to arrive before the relay ends.
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            await worker.disconnect()
            #expect(try await worker.waitForExit() == .exited(1))
            #expect(await worker.waitForStandardError(containing: "ended inside a frame"))
        }
    }

    @Test func manyStreamsInARow() async throws {
        try await DemoProcess.with() { worker async throws in
            for number in 0..<300 {
                #expect(try await worker.send(.get("/stream?n=1")).text == "line 1\n")
                try await worker.stream(.get("/events")) { response async throws in
                    var iterator = response.makeAsyncIterator()
                    _ = try await iterator.next()
                }
                #expect(try await worker.send(.get("/\(number)")).status == 404)
            }
        }
    }
}
