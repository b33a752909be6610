import Foundation
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf
import Testing
import TestSupport

@testable import Centrifugo
@testable import CentrifugoHTTP

/// Centrifugo's HTTP side.
@Suite(.timeLimit(.minutes(1))) struct JSONTests {
    @Test func dataIsJSONAndStaysWhatItWas() throws {
        // Numbers that a parser would change, keys in an order of their own, escapes.
        let data = #"{"z":1.10,"a":12345678901234567890123,"s":"\"}{\\","data":{"data":[1]}}"#
        let response = ProxyConnectResponse.with {
            $0.result = .with {
                ($0.user, $0.data, $0.expireAt, $0.info) = ("u", Data(data.utf8), 1_795_332_594, Data("[]".utf8))
            }
        }
        let text = String(decoding: try CentrifugoJSON.encode(response), as: UTF8.self)
        #expect(text.contains("\"data\":\(data)"))
        #expect(text.contains("\"expire_at\":1795332594"))
        #expect(text.contains("\"info\":[]"))
        let request = try CentrifugoJSON.decode(
            ProxyConnectRequest.self,
            from: Array(#"{"client":"c","transport":"websocket","data": \#(data) ,"newer":{"data":1},"channels":["a"]}"#.utf8))
        #expect(request.data == Data(data.utf8))
        #expect(request.client == "c" && request.channels == ["a"])
    }

    @Test func bytesThatAreNoJSONAndTextThatIsNoData() throws {
        let binary = ProxyPublishResponse.with { $0.result = .with { $0.data = Data([0xFF, 0x00]) } }
        #expect(String(decoding: try CentrifugoJSON.encode(binary), as: UTF8.self).contains("\"b64data\":\"/wA=\""))
        let error = ProxyPublishResponse.with { $0.error = .with { ($0.code, $0.message) = (400, "bm8=") } }
        #expect(String(decoding: try CentrifugoJSON.encode(error), as: UTF8.self).contains("\"message\":\"bm8=\""))
        let push = CentrifugoSendPushNotificationRequest.with {
            $0.notification = .with { $0.fcm = .with { $0.message = Data(#"{"a":1}"#.utf8) } }
        }
        #expect(String(decoding: try CentrifugoJSON.encode(push), as: UTF8.self).contains(#""message":{"a":1}"#))
        let history = try CentrifugoJSON.decode(
            CentrifugoHistoryResponse.self,
            from: Array(
                #"{"result":{"publications":[{"data":{"t":1},"offset":7,"info":{"user":"u","client":"c","conn_info":{"n":1}}}],"epoch":"e","offset":7}}"#
                    .utf8))
        #expect(history.result.publications.first?.data == Data(#"{"t":1}"#.utf8))
        #expect(history.result.publications.first?.info.connInfo == Data(#"{"n":1}"#.utf8))
        #expect(history.result.offset == 7)
    }

    @Test func whatIsMalformedThrows() {
        var random = SeededGenerator.forTest()
        for text in [
            "", "{", "[", "{\"data\":", "{\"data\":}", "{\"data\"", "\"", "{\"a\":\"\\", String(repeating: "[", count: 100_000),
            "{\"data\":[}",
        ] {
            #expect(throws: (any Error).self) { try CentrifugoJSON.decode(ProxyConnectRequest.self, from: Array(text.utf8)) }
        }
        let letters = Array("{}[]\",:\\da1 t".utf8)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
            _ = try? CentrifugoJSON.decode(ProxyConnectRequest.self, from: text)
        }
    }

    @Test func namesOfMethods() {
        #expect(HTTPTransport.path("PresenceStats") == "presence_stats")
        #expect(HTTPTransport.path("RPC") == "rpc")
        #expect(HTTPTransport.path("Publish") == "publish")
        #expect(throws: (any Error).self) { try HTTPTransport(url: "localhost:8000/api", key: nil) }
    }

    /// The client against a server that answers as Centrifugo does.
    @Test func clientOverHTTP() async throws {
        let router = Router()
        router.post("api/:method") { request, context -> Response in
            guard request.headers[values: try #require(HTTPField.Name("X-API-Key"))] == ["key"] else {
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
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: Logger(label: "test"))
        let server = Task { try await application.run() }
        defer { server.cancel() }
        var iterator = ports.makeAsyncIterator()
        let address = "http://127.0.0.1:\(try #require(await iterator.next()))/api/"
        let client = CentrifugoClient(transport: try HTTPTransport(url: address, key: "key"))
        let result = try await client.publish(["text": "hi"], to: "chat:a")
        #expect(result.offset == 3 && result.epoch == "ep")
        let presence = try await client.presence(in: "chat:a")
        #expect(presence["c1"]?.user == "u" && presence["c1"]?.connInfo == Data(#"{"n":"A"}"#.utf8))
        #expect(try await client.info().first?.numClients == 2)
        do {
            try await client.publish(1, to: "nope")
            Issue.record("it was published")
        } catch let error as CentrifugoAPIError {
            #expect(error.code == 102 && !error.isUnavailable)
        }
        await #expect(throws: (any Error).self) { _ = try await client.channels() }
        let stranger = CentrifugoClient(transport: try HTTPTransport(url: address, key: nil))
        do {
            try await stranger.publish(1, to: "c")
        } catch let error as CentrifugoAPIError {
            #expect(error.isUnavailable && error.description.contains("401"))
        }
        let nobody = CentrifugoClient(transport: try HTTPTransport(url: "http://127.0.0.1:1/api", key: nil))
        do {
            try await nobody.publish(1, to: "c")
        } catch let error as CentrifugoAPIError {
            #expect(error.isUnavailable)
        }
    }
}
