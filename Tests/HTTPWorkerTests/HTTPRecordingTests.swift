import Goridge
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker

/// Decodes the frames of a real RoadRunner, and compares them with their recorded contents.
@Suite struct HTTPRecordingTests {
    static let recordings = (try? Recording.all("http") + Recording.all("http-next")) ?? []

    @Test func recordingsAreThere() {
        #expect(Self.recordings.count >= 145)
    }

    @Test func everyFrameOfEveryRecordingIsReadAsRecorded() throws {
        var count = 0
        for recording in Self.recordings {
            for frame in recording.frames where frame.raw != true {
                guard let bytes = frame.bytes, let expected = frame.decoded, expected.crc_ok == true else { continue }
                var decoder = FrameDecoder()
                decoder.feed(ByteBuffer(bytes: bytes))
                let decoded = try #require(try decoder.next(), "\(recording.name)")
                #expect(
                    decoded.flags.rawValue == expected.flags.flatMap { UInt8($0.dropFirst(2), radix: 16) }, "\(recording.name)")
                #expect(
                    decoded.stream.rawValue == expected.stream.flatMap { UInt8($0.dropFirst(2), radix: 16) }, "\(recording.name)")
                #expect(Array(decoded.options) == expected.options, "\(recording.name)")
                #expect(decoded.payload.readableBytes == expected.payload_len, "\(recording.name)")
                count += 1
            }
        }
        print("everyFrameOfEveryRecordingIsReadAsRecorded: \(count) frames of \(Self.recordings.count) recordings")
        #expect(count > 500)
    }

    @Test func everyRequestOfEveryRecordingIsDecodedAsRecorded() throws {
        var count = 0
        var decoder = HTTPRequestDecoder()
        for recording in Self.recordings {
            for frame in recording.frames where frame.isFromRoadRunner {
                guard let bytes = frame.bytes, let context = frame.decoded?.context, let method = context.method else { continue }
                var frames = FrameDecoder()
                frames.feed(ByteBuffer(bytes: bytes))
                let payload = try Payload(try #require(try frames.next()))
                // Twice: the second time the header lines come from the cache.
                for _ in 0..<2 {
                    let decoded = try decoder.decode(payload)
                    try Self.compare(decoded, method, context, recording.name)
                    if case .bytes(let body) = frame.decoded?.body {
                        #expect(Array(payload.body.readableBytesView) == body, "\(recording.name)")
                    }
                }
                count += 1
            }
        }
        print("everyRequestOfEveryRecordingIsDecodedAsRecorded: \(count) requests")
        #expect(count > 200)
    }

    private static func compare(
        _ decoded: DecodedRequest, _ method: String, _ context: Recording.Context, _ name: String
    ) throws {
        let request = decoded.request
        #expect(request.method.rawValue == method, "\(name)")
        #expect(decoded.info.remoteAddress == context.remote_addr ?? "", "\(name)")
        #expect(decoded.info.protocolVersion == context.protocol ?? "", "\(name)")
        #expect(decoded.info.isParsed == context.parsed ?? false, "\(name)")
        if case .bytes(let uploads) = context.uploads {
            #expect(Array(decoded.info.uploads.readableBytesView) == uploads, "\(name)")
        }
        let uri = try #require(context.uri)
        let rebuilt = "\(request.head.scheme ?? "")://\(request.head.authority ?? "")\(request.head.path ?? "")"
        #expect(rebuilt == uri, "\(name)")
        if let query = context.raw_query { #expect(uri.hasSuffix("?" + query), "\(name)") }
        var lines = 0
        for (header, values) in context.header ?? [:] {
            let fieldName = try #require(HTTPField.Name(header))
            let fields = request.headers[fields: fieldName]
            #expect(fields.count == values.count, "\(name): \(header)")
            for (field, value) in zip(fields, values) {
                guard case .bytes(let bytes) = value else { continue }
                #expect(field.withUnsafeBytesOfValue { Array($0) } == bytes, "\(name): \(header)")
            }
            lines += values.count
        }
        #expect(request.headers.count == lines, "\(name)")
    }

    /// Sends each worker of each recording the frames of RoadRunner, and expects a response to each payload, nothing else, and a
    /// clean exit.
    @Test(.timeLimit(.minutes(2))) func everyRecordedConversationIsAnswered() async throws {
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { request, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: request.head.path ?? "")))
        }
        var answers = 0
        for recording in Self.recordings {
            let workers = Set(recording.frames.filter(\.isFromRoadRunner).map(\.worker))
            for index in workers.sorted() {
                let sent = recording.frames.filter { $0.isFromRoadRunner && $0.worker == index }
                guard sent.allSatisfy({ $0.bytes != nil && $0.raw != true }) else { continue }
                try await TestWorker.with(HTTP(responder), performsHandshake: false) { worker in
                    for frame in sent {
                        await worker.send(raw: try #require(frame.bytes))
                        switch frame.decoded {
                        case let decoded? where decoded.control?.pid != nil:
                            #expect(try await worker.nextFrame().flags.contains(.control), "\(recording.name)")
                        case let decoded? where decoded.control?.stop == true:
                            #expect(try await worker.waitForExit() == .exited(0), "\(recording.name)")
                        case let decoded? where decoded.context?.method != nil:
                            let response = try await worker.finishResponse()
                            #expect(response.status == 200, "\(recording.name)")
                            answers += 1
                        default:
                            // STOP and PONG find no stream here: no response is correct, as the next one proves.
                            continue
                        }
                    }
                }
            }
        }
        print("everyRecordedConversationIsAnswered: \(answers) answers")
        #expect(answers > 200)
    }
}
