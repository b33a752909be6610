import Goridge
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker

@Suite(.timeLimit(.minutes(1))) struct InformationalTests {
    private static let hints: @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Response = { request, context in
        if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
        var headers = HTTPFields()
        headers[values: .link] = ["</style.css>; rel=preload; as=style", "</app.js>; rel=preload; as=script"]
        let first = try await context.sendInformational(headers: headers)
        let second = try await context.sendInformational(headers: [.link: "</b.css>; rel=preload"])
        if request.uri.path == "/throw" { throw Broken() }
        var final = HTTPFields([HTTPField(name: .contentType, value: "text/plain")])
        final[values: .link] = ["</style.css>; rel=preload; as=style", "</other.css>; rel=preload"]
        return Response(
            status: request.uri.path == "/404" ? .notFound : .ok, headers: final, body: .text("\(first) \(second)"))
    }

    @Test(arguments: ["2025.1.15", "2024.3.0", "3", "nonsense", ""]) func theyAreOffWhereTheFinalStatusWouldBeLost(
        _ version: String
    ) async throws {
        try await withHandler(environment: ["RR_VERSION": version], Self.hints) { worker async throws in
            let response = try await worker.send(.get("/404"))
            #expect(response.informational.isEmpty)
            #expect(response.status == 404)
            #expect(response.text == "false false")
            // The final response has the unsent headers, each exactly once.
            #expect(
                response.head["Link"] == [
                    "</style.css>; rel=preload; as=style", "</other.css>; rel=preload", "</app.js>; rel=preload; as=script",
                    "</b.css>; rel=preload",
                ])
        }
    }

    @Test func laterVersionsGetAllOfThemEachWithItsOwnHeaders() async throws {
        try await withHandler(environment: ["RR_VERSION": "2026.1.0"], Self.hints) { worker async throws in
            let response = try await worker.send(.get("/404"))
            #expect(response.informational.map(\.status) == [103, 103])
            #expect(
                response.informational[0]["Link"] == ["</style.css>; rel=preload; as=style", "</app.js>; rel=preload; as=script"])
            #expect(response.informational[1]["Link"] == ["</b.css>; rel=preload"])
            #expect(response.status == 404)
            #expect(response.text == "true true")
            #expect(response.head["Link"].count == 2)
            try await expectStillInStep(worker)
        }
    }

    @Test func forcedOnOldVersionsOnlyTheFirstIsSentAndNothingIsRepeated() async throws {
        try await withHandler(environment: ["RR_VERSION": "2025.1.15", "HTTP_INFORMATIONAL": "always"], Self.hints) {
            worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.informational.map(\.status) == [103])
            #expect(response.text == "true false")
            // RoadRunner adds the headers of the 103 itself.
            #expect(response.head["Link"] == ["</other.css>; rel=preload", "</b.css>; rel=preload"])
            try await expectStillInStep(worker)
        }
    }

    /// Development builds report only this version.
    @Test(arguments: ["auto", "always"]) func developmentBuildsAreNew(_ policy: String) async throws {
        try await withHandler(environment: ["RR_VERSION": "2026-dev-82d735ef", "HTTP_INFORMATIONAL": policy], Self.hints) {
            worker async throws in
            let response = try await worker.send(.get("/404"))
            #expect(response.informational.count == 2)
            #expect(response.head["Link"].count == 2)
        }
    }

    /// The final response omits lines only if RoadRunner is known to repeat them.
    @Test(arguments: ["nonsense", ""]) func forcedOnUnknownVersionsNothingIsOmitted(_ version: String) async throws {
        try await withHandler(environment: ["RR_VERSION": version, "HTTP_INFORMATIONAL": "always"], Self.hints) {
            worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.informational.count == 2)
            #expect(response.head["Link"].count == 2)
        }
    }

    @Test func manyHintsAreNotKept() async throws {
        try await withHandler { _, context in
            for number in 0..<1000 { try await context.sendInformational(headers: [.link: "</\(number)>"]) }
            return Response(status: .ok)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).head["Link"].count == 100)
        }
    }

    @Test func neverIsNever() async throws {
        try await withHandler(environment: ["RR_VERSION": "2026.1.0", "HTTP_INFORMATIONAL": "never"], Self.hints) {
            worker async throws in
            #expect(try await worker.send(.get("/")).informational.isEmpty)
        }
    }

    @Test func errorsAfterThemStillGetAResponse() async throws {
        try await withHandler(environment: ["RR_VERSION": "2026.1.0"], Self.hints) { worker async throws in
            let response = try await worker.send(.get("/throw"))
            #expect(response.informational.count == 2)
            #expect(response.status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test(arguments: [101, 200, 404, 0, 99]) func onlyInformationalStatusesAreSent(_ status: Int) async throws {
        try await withText(environment: ["RR_VERSION": "2026.1.0"]) { _, context in
            do {
                return "\(try await context.sendInformational(.init(code: status), headers: [:]))"
            } catch let error as InformationalError {
                return "\(error.code)"
            }
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "notInformational")
        }
    }

    @Test func afterTheFinalHeadItIsTooLate() async throws {
        try await withHandler(environment: ["RR_VERSION": "2026.1.0"]) { request, context in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do {
                        try await context.sendInformational(headers: [:])
                        try await writer.write(ByteBuffer(string: "sent"))
                    } catch let error as InformationalError {
                        try await writer.write(ByteBuffer(string: "\(error.code)"))
                    }
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "tooLate")
        }
    }

    /// Compares the frames with those of a recorded worker, whose effect on a real RoadRunner is known.
    @Test func framesAreThoseOfTheRecording() async throws {
        let recording = try #require(try Recording.all("http").first { $0.name == "early_hints_stream" })
        let recorded = recording.frames.filter { !$0.isFromRoadRunner && $0.decoded?.control == nil }.compactMap(\.bytes)
        try await withHandler(environment: ["RR_VERSION": "2026.1.0"]) { _, context in
            try await context.sendInformational(headers: [.link: "</a.css>; rel=preload"])
            return Response(
                status: .ok, headers: [.contentType: "text/plain"],
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "chunk1,"))
                    try await Task.sleep(for: .milliseconds(1))
                    try await writer.write(ByteBuffer(string: "chunk2"))
                    try await writer.finish(nil)
                })
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            var frames = [try await worker.nextFrame()]
            while let last = frames.last, last.stream.contains(.stream) { frames.append(try await worker.nextFrame()) }
            // The 103 and the first chunk; the recorded worker's last frame comes as a chunk and an empty end.
            #expect(try ResponseFrame(frames[0]) == ResponseFrame(recorded: recorded[0]))
            #expect(try ResponseFrame(frames[1]) == ResponseFrame(recorded: recorded[1]))
            #expect(frames.count == 4)
        }
    }
}
