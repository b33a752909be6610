import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TrailerTests {
    @Test func trailersKnownAtTheEnd() async throws {
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a"))
                    try await Task.sleep(for: .milliseconds(1))
                    try await writer.write(ByteBuffer(string: "b"))
                    try await writer.finish([.eTag: "\"x\""])
                })
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.text == "ab")
            // RoadRunner passes keys with this prefix to Go, which sends them after the body.
            #expect(response.trailerLines.map(\.name) == ["Trailer:ETag"])
            #expect(response.trailerLines.map(\.text) == ["\"x\""])
            #expect(response.head["Content-Length"].isEmpty)
            try await expectStillInStep(worker)
        }
    }

    /// Like a recorded worker, with a `Trailer` line that names lines of the same head.
    @Test(arguments: ["trailers", "trailers_stream"]) func trailersKnownBefore(_ name: String) async throws {
        let recording = try #require(try Recording.all("http").first { $0.name == name })
        let recorded = try #require(
            recording.frames.first { !$0.isFromRoadRunner && $0.decoded?.control == nil }?.bytes)
        let isStream = name == "trailers_stream"
        try await withHandler { _, _ in
            var headers: HTTPFields = [.contentType: "text/plain"]
            if isStream {
                headers[.trailer] = "x-sum"
                headers[HTTPField.Name(known: "X-Sum")] = "42"
            } else {
                headers[.trailer] = "x-checksum, X-COUNT"
                headers[HTTPField.Name(known: "X-Checksum")] = "abc123"
                headers[HTTPField.Name(known: "X-Count")] = "3"
                headers[HTTPField.Name(known: "X-Normal")] = "n"
            }
            return Response(
                status: .ok, headers: headers,
                body: isStream
                    ? ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "a"))
                        try await Task.sleep(for: .milliseconds(1))
                        try await writer.write(ByteBuffer(string: "b"))
                        try await writer.finish(nil)
                    } : .text("body with trailers"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(try ResponseFrame(response.frames[0]) == ResponseFrame(recorded: recorded))
        }
    }
}
