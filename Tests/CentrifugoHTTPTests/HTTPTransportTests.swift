import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import Synchronization
import Testing

@testable import Centrifugo
@testable import CentrifugoHTTP

/// The server API over HTTP.
@Suite(.timeLimit(.minutes(1))) struct HTTPTransportTests {
    /// Runs a server on a free port of the loopback interface.
    private static func with(
        _ router: Router<BasicRequestContext>, _ body: (_ address: String) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: Logger(label: "test"))
        let server = Task { try await application.run() }
        defer { server.cancel() }
        var iterator = ports.makeAsyncIterator()
        try await body("http://127.0.0.1:\(try #require(await iterator.next()))")
    }

    private static func error(_ client: CentrifugoClient) async -> CentrifugoAPIError? {
        do {
            try await client.publish(1, to: "c")
            return nil
        } catch {
            return error as? CentrifugoAPIError
        }
    }

    /// Runs the client against a server that responds as Centrifugo does.
    @Test func serverLikeCentrifugo() async throws {
        let router = Router()
        router.post("api/:method") { request, context -> Response in
            guard request.headers[values: HTTPField.Name(known: "X-API-Key")] == ["key"] else {
                return Response(status: .unauthorized)
            }
            let body = String(buffer: try await request.body.collect(upTo: 100_000))
            let answer: String
            switch try context.parameters.require("method") {
            case "publish" where body.contains("nope"): answer = #"{"error":{"code":102,"message":"unknown channel"}}"#
            case "publish": answer = body.contains(#""data":{"text":"hi"}"#) ? #"{"result":{"offset":3,"epoch":"ep"}}"# : "{}"
            case "presence": answer = #"{"result":{"presence":{"c1":{"user":"u","client":"c1","conn_info":{"n":"A"}}}}}"#
            case "info": answer = #"{"result":{"nodes":[{"uid":"x","name":"n","version":"6","num_clients":2,"newer":{}}]}}"#
            default: answer = "no json"
            }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: answer)))
        }
        try await Self.with(router) { address in
            let client = CentrifugoClient(transport: try HTTPTransport(url: address + "/api/", key: "key"))
            let result = try await client.publish(["text": "hi"], to: "chat:a")
            #expect(result.offset == 3 && result.epoch == "ep")
            let presence = try await client.presence(in: "chat:a")
            #expect(presence["c1"]?.user == "u" && presence["c1"]?.connInfo == Data(#"{"n":"A"}"#.utf8))
            #expect(try await client.info().first?.numClients == 2)
            do {
                try await client.publish(1, to: "nope")
                Issue.record("the message was published")
            } catch let error as CentrifugoAPIError {
                #expect(error.serverCode == 102 && error.code == .refused && !error.isUnavailable && error.status == nil)
            }
            let garbage = await #expect(throws: CentrifugoAPIError.self) { _ = try await client.channels() }
            #expect(garbage?.code == .unexpectedResponse && garbage?.isUnavailable == false)
            let binary = await #expect(throws: CentrifugoAPIError.self) {
                _ = try await client.refresh(CentrifugoRefreshRequest.with { $0.info = Data([0xFF]) })
            }
            #expect(binary?.code == .badRequest)
            let stranger = await Self.error(CentrifugoClient(transport: try HTTPTransport(url: address + "/api", key: nil)))
            #expect(stranger?.code == .unauthorized && stranger?.isUnavailable == false && stranger?.status == 401)
            #expect(stranger?.description.contains("CENTRIFUGO_API_KEY") == true)
        }
        let nobody = await Self.error(CentrifugoClient(transport: try HTTPTransport(url: "http://127.0.0.1:1/api", key: nil)))
        #expect(nobody?.code == .unreachable && nobody?.isUnavailable == true)
    }

    /// Only statuses for temporary faults count as unavailable.
    @Test func statusesHaveCodes() async throws {
        let router = Router()
        router.post(":status/publish") { _, context -> Response in
            Response(status: .init(code: Int(try context.parameters.require("status")) ?? 0))
        }
        let expected: [(Int, CentrifugoAPIError.Code, Bool)] = [
            (204, .unexpectedResponse, false), (400, .badRequest, false), (401, .unauthorized, false),
            (403, .unauthorized, false),
            (404, .notFound, false), (408, .timedOut, true), (413, .tooLarge, false), (415, .badRequest, false),
            (429, .tooManyRequests, true), (500, .serverFailed, true), (501, .unexpectedResponse, false),
            (502, .serverFailed, true),
            (503, .serverFailed, true), (504, .serverFailed, true),
        ]
        try await Self.with(router) { address in
            for (status, kind, isUnavailable) in expected {
                let error = await Self.error(
                    CentrifugoClient(transport: try HTTPTransport(url: "\(address)/\(status)", key: "k")))
                #expect(error?.code == kind && error?.status == status && error?.serverCode == 0, "\(status)")
                #expect(error?.isUnavailable == isUnavailable, "\(status)")
            }
        }
    }

    /// The client does not send the key to another server.
    @Test(arguments: [301, 302, 303, 307, 308]) func redirectsAreNotFollowed(_ status: Int) async throws {
        let keys = Mutex<[String]>([])
        let elsewhere = Router()
        elsewhere.on("**", method: .post) { request, _ -> Response in
            keys.withLock { $0 += request.headers[values: HTTPField.Name(known: "X-API-Key")] }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "{}")))
        }
        elsewhere.get("**") { _, _ -> Response in
            keys.withLock { $0.append("get") }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "{}")))
        }
        try await Self.with(elsewhere) { other in
            let router = Router()
            router.post("api/publish") { _, _ -> Response in
                Response(status: .init(code: status), headers: [.location: other + "/api/publish"])
            }
            try await Self.with(router) { address in
                let error = await Self.error(CentrifugoClient(transport: try HTTPTransport(url: address + "/api", key: "key")))
                #expect(error?.code == .unexpectedResponse && error?.status == status)
            }
        }
        #expect(keys.withLock { $0 } == [])
    }

    /// The timeout covers the whole response.
    @Test(arguments: ["", "half"]) func responsesThatDoNotEndTimeOut(_ beginning: String) async throws {
        let router = Router()
        router.post("api/publish") { _, _ -> Response in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: beginning))
                    try await Task.sleep(for: .seconds(30))
                    try await writer.finish(nil)
                })
        }
        try await Self.with(router) { address in
            let transport = try HTTPTransport(url: address + "/api", key: nil, timeout: .milliseconds(500))
            let start = ContinuousClock.now
            let error = await Self.error(CentrifugoClient(transport: transport))
            #expect(error?.code == .timedOut && error?.isUnavailable == true)
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    /// Errors of gRPC that RoadRunner passes on have codes as well.
    @Test(
        arguments: [
            ("rpc error: code = Unavailable desc = connection refused", CentrifugoAPIError.Code.unreachable, 0),
            ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", .timedOut, 0),
            ("rpc error: code = Unauthenticated desc = unauthenticated", .unauthorized, 0),
            ("rpc error: code = ResourceExhausted desc = grpc: received message larger than max", .tooLarge, 0),
            ("rpc error: code = Unimplemented desc = unknown method", .notFound, 104),
            ("the client is not ready yet", .unreachable, 0),
        ])
    func errorsByRoadRunner(_ text: String, _ kind: CentrifugoAPIError.Code, _ code: Int) {
        let error = CentrifugoAPIError(method: "Publish", ofPlugin: text)
        #expect(error?.code == kind && error?.serverCode == UInt32(code))
        #expect(CentrifugoAPIError(method: "Publish", ofPlugin: "rpc error: code = Internal desc = code = Unavailable") == nil)
    }

    @Test func namesOfMethods() {
        #expect(HTTPTransport.path("PresenceStats") == "presence_stats")
        #expect(HTTPTransport.path("RPC") == "rpc")
        #expect(HTTPTransport.path("Publish") == "publish")
        for url in ["localhost:8000/api", "http://", "http:///api", "http://h/api?a=b", "http://h/api#a", "ftp://h/api"] {
            #expect(throws: (any Error).self, "\(url)") { try HTTPTransport(url: url, key: nil) }
        }
        for url in [
            "http://ann:hunter2@h/api", "http://:hunter2@h/api", "http://hunter2@h/api", "http://h/api?api_key=hunter2",
            "http://ann:hunter2@h/api?x", "http://ann:hunter 2hunter2@h/api", "ftp://ann:hunter2@h/api", "http://h/api#hunter2",
        ] {
            let error = #expect(throws: OptionError.self) { try HTTPTransport(url: url, key: nil) }
            #expect(error?.description.contains("hunter2") == false)
        }
    }
}
