import Goridge
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct BufferedResponseTests {
    @Test func bufferedBodyIsOneFrameWithItsLength() async throws {
        try await withHandler { _, _ in
            Response(status: .created, headers: [.server: "x"], body: .text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 201)
            #expect(response.text == "hello")
            #expect(!response.isStreamed)
            #expect(response.head["Content-Length"] == ["5"])
        }
    }

    @Test func emptyBodyIsOneFrame() async throws {
        try await withHandler { _, _ in
            Response(status: .ok)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.frames.count == 1)
            #expect(response.body.readableBytes == 0)
        }
    }

    @Test func thousandsOfRequestsInARow() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: .text(request.uri.path))
        } _: { worker async throws in
            for number in 0..<5000 { #expect(try await worker.send(.get("/\(number)")).text == "/\(number)") }
        }
    }

    @Test(arguments: [64 * 1024, 1024 * 1024, 5 * 1024 * 1024]) func largeBufferedBodyIsOneFrame(_ size: Int) async throws {
        let body = ByteBuffer(repeating: 0x61, count: size)
        try await withHandler { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: body))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(!response.isStreamed)
            #expect(response.body == body)
        }
    }

    @Test func hugeBufferedBodyIsSplit() async throws {
        let body = ByteBuffer(repeating: 0x61, count: 12 * 1024 * 1024)
        try await withHandler { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: body))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.isStreamed)
            #expect(response.frames.allSatisfy { $0.payload.readableBytes <= 256 * 1024 + 200 })
            #expect(response.head["Content-Length"] == ["\(body.readableBytes)"])
            #expect(response.body == body)
        }
    }

    @Test func bodyOfARequestIsPassedOn() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: try await request.body.collect(upTo: .max)))
        } _: { worker async throws in
            let body = ByteBuffer(repeating: 0xFF, count: 3_000_000)
            #expect(try await worker.send(TestRequest("POST", "/", body: body)).body == body)
            #expect(try await worker.send(TestRequest("POST", "/")).body.readableBytes == 0)
        }
    }

    @Test(arguments: ["3", "99", "abc"]) func wrongContentLengthOfABufferedBodyIsCorrected(_ length: String) async throws {
        try await withHandler { _, _ in
            Response(status: .ok, headers: [.contentLength: length], body: .text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["Content-Length"] == ["5"])
            #expect(response.text == "hello")
        }
    }

    @Test func headRequestsGetOnlyTheHead() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: .text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(TestRequest("HEAD", "/"))
            #expect(response.frames.count == 1)
            #expect(response.body.readableBytes == 0)
            #expect(response.head["Content-Length"] == ["5"])
        }
    }

    @Test(arguments: [(204, []), (304, ["5"])] as [(Int, [String])])
    func statusWithoutBodyHasNone(_ status: Int, _ length: [String]) async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: .text("ok")) : Response(status: .init(code: status), body: .text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == status)
            #expect(response.body.readableBytes == 0)
            #expect(response.head["Content-Length"] == length)
            try await expectStillInStep(worker)
        }
    }

    @Test func headOfAnEndlessStreamEndsIt() async throws {
        let ended = Mutex(false)
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    defer { ended.withLock { $0 = true } }
                    while true {
                        try await writer.write(ByteBuffer(string: "x"))
                        try await Task.sleep(for: .seconds(60))
                    }
                })
        } _: { worker async throws in
            #expect(try await worker.send(TestRequest("HEAD", "/")).frames.count == 1)
            try await expectStillInStep(worker)
            #expect(ended.withLock { $0 })
        }
    }
}
