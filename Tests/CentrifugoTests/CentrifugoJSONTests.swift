import Foundation
import RoadRunnerAPI
import SwiftProtobuf
import TestSupport
import Testing

@testable import Centrifugo

/// Tests the JSON of Centrifugo's HTTP API.
@Suite(.timeLimit(.minutes(1))) struct CentrifugoJSONTests {
    @Test func dataIsJSONAndStaysUnchanged() throws {
        // Numbers that a parser would change, unsorted keys, and escapes.
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

    @Test func bytesOutsideJSONAndTextOutsideData() throws {
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

    /// Maps may have any keys, including the names of fields.
    @Test func keysOfMapsAreNotFields() throws {
        func encoded(_ message: some Message) throws -> String {
            String(decoding: try CentrifugoJSON.encode(message), as: UTF8.self)
        }
        let words = [
            "data", "info", "meta", "params", "payload", "message", "conn_info", "chan_info", "b64data", "result", "labels",
        ]
        let map = Dictionary(uniqueKeysWithValues: words.map { ($0, "MTIz") })
        let publish = CentrifugoPublishRequest.with { ($0.channel, $0.data, $0.tags) = ("c", Data("{}".utf8), map) }
        let batch = CentrifugoBatchRequest.with { $0.commands = [.with { $0.publish = publish }] }
        for text in [try encoded(publish), try encoded(batch)] {
            for word in words { #expect(text.contains("\"\(word)\":\"MTIz\""), "\(word) in \(text)") }
            #expect(text.contains(#""data":{}"#))
        }
        let connect = ProxyConnectResponse.with {
            $0.result = .with {
                ($0.labels, $0.meta) = (map, Data("[1]".utf8))
                $0.subs = ["data": .with { $0.data = Data("[2]".utf8) }, "meta": .with { $0.info = Data([0xFF]) }]
            }
        }
        let text = try encoded(connect)
        for word in words { #expect(text.contains("\"\(word)\":\"MTIz\""), "\(word) in \(text)") }
        for part in [#""meta":[1]"#, #""data":{"data":[2]}"#, #""meta":{"b64info":"/w=="}"#] {
            #expect(text.replacing("\\/", with: "/").contains(part), "\(part) in \(text)")
        }

        let object = "{" + words.map { "\"\($0)\":\"MTIz\"" }.joined(separator: ",") + "}"
        let event = try CentrifugoJSON.decode(
            ProxyRPCRequest.self, from: Array(#"{"labels":\#(object),"data":\#(object),"meta":\#(object)}"#.utf8))
        #expect(event.labels == map)
        #expect(event.data == Data(object.utf8) && event.meta == Data(object.utf8))
        let channels = try CentrifugoJSON.decode(
            CentrifugoChannelsResponse.self,
            from: Array(#"{"result":{"channels":{"data":{"num_clients":1},"meta":{"num_clients":2},"result":{}}}}"#.utf8))
        #expect(channels.result.channels.mapValues(\.numClients) == ["data": 1, "meta": 2, "result": 0])
        let presence = try CentrifugoJSON.decode(
            CentrifugoPresenceResponse.self,
            from: Array(#"{"result":{"presence":{"conn_info":{"user":"u","conn_info":{"a":1}},"data":{"chan_info":null}}}}"#.utf8)
        )
        #expect(presence.result.presence["conn_info"]?.connInfo == Data(#"{"a":1}"#.utf8))
        #expect(presence.result.presence["data"]?.chanInfo == Data())
        let devices = try CentrifugoJSON.decode(
            CentrifugoDeviceListResponse.self,
            from: Array(#"{"result":{"items":[{"id":"1","meta":{"meta":"{}","data":"x"}}]}}"#.utf8))
        #expect(devices.result.items.first?.meta == ["meta": "{}", "data": "x"])
    }

    /// Keys may contain escapes.
    @Test func escapedKeysAreTheSameKeys() throws {
        let event = try CentrifugoJSON.decode(ProxyRPCRequest.self, from: Array(#"{"d\u0061ta":{"a":1}}"#.utf8))
        #expect(event.data == Data(#"{"a":1}"#.utf8))
    }

    /// Malformed JSON would break the message around it.
    @Test(
        arguments: [
            "01", "1.", ".5", "+1", "1e", "-", "tru", "nul", "\"\u{1}\"", #""\x""#, #""\u12g4""#, "[1,]", "{\"a\":1,}", "{a:1}",
            "1 2",
            "[1", "{}}", " ", "'a'", "NaN", "\"a", "[1 2]", "{\"a\" 1}", "1.2.3",
            String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
        ])
    func almostJSON(_ text: String) throws {
        let message = CentrifugoPublishRequest.with { $0.data = Data(text.utf8) }
        let encoded = String(decoding: try CentrifugoJSON.encode(message), as: UTF8.self)
        #expect(encoded.hasPrefix("{\"b64data\":\""), "\(encoded)")
    }

    @Test(
        arguments: [
            "0", "-1.5e+10", "1E5", "true", " [ 1 , { \"a\" : [ ] } ] ", #""\ud83d\u00e9\/""#, "null", "{}",
            String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
        ])
    func jsonOfAllForms(_ text: String) throws {
        let message = CentrifugoPublishRequest.with { $0.data = Data(text.utf8) }
        let encoded = String(decoding: try CentrifugoJSON.encode(message), as: UTF8.self)
        #expect(encoded == "{\"data\":\(text)}")
    }

    @Test func invalidTextIsNotJSON() throws {
        let message = CentrifugoPublishRequest.with { $0.data = Data([0x22, 0xFF, 0x22]) }
        #expect(String(decoding: try CentrifugoJSON.encode(message), as: UTF8.self) == #"{"b64data":"Iv8i"}"#)
        // This message has no field for base64.
        let refresh = CentrifugoRefreshRequest.with { $0.info = Data([0xFF]) }
        let error = #expect(throws: CentrifugoJSON.NotJSON.self) { try CentrifugoJSON.encode(refresh) }
        #expect(error?.field == "info")
    }

    /// The list contains every field that the .proto files declare as bytes, and no other.
    @Test func theFieldsAreThoseOfTheProtocol() throws {
        var declared: [String: Set<String>] = [:]
        for file in ["api", "proxy"] {
            let path = Checkout.root.appending(path: "Protos/centrifugo_\(file).proto")
            var message = ""
            for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
                if let match = line.firstMatch(of: /^message (\w+)/) { message = "centrifugal.centrifugo.\(file).\(match.1)" }
                if let match = line.firstMatch(of: /^\s+bytes (\w+) =/) { declared[message, default: []].insert(String(match.1)) }
            }
        }
        let known = JSONField.messages.compactMapValues { fields -> Set<String>? in
            let bytes = fields.filter { if case .bytes = $0.value { true } else { false } }
            return bytes.isEmpty ? nil : Set(bytes.keys)
        }
        #expect(declared.count > 20)
        #expect(known == declared)
    }

    @Test func malformedMessagesThrow() {
        var random = SeededGenerator.forTest()
        for text in [
            "", "{", "[", "{\"data\":", "{\"data\":}", "{\"data\"", "\"", "{\"a\":\"\\", String(repeating: "[", count: 100_000),
            "{\"data\":[}", "{\"data\":01}", "{\"data\":{}", "{\"data\":1,}", "{\"data\":1 \"x\":2}",
        ] {
            #expect(throws: (any Error).self) { try CentrifugoJSON.decode(ProxyConnectRequest.self, from: Array(text.utf8)) }
        }
        let letters = Array("{}[]\",:\\da1 t".utf8)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
            _ = try? CentrifugoJSON.decode(ProxyConnectRequest.self, from: text)
        }
    }
}
