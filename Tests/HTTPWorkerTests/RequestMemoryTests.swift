import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import TestSupport
import Testing

@testable import HTTPWorker

/// Tests the decoder's memory between requests.
@Suite struct RequestMemoryTests {
    private struct Seen: Equatable {
        var method: String
        var scheme: String?
        var authority: String?
        var path: String?
        var headers: [String]

        init(_ request: Request) {
            self.method = request.method.rawValue
            self.scheme = request.head.scheme
            self.authority = request.head.authority
            self.path = request.head.path
            self.headers = request.headers.map { "\($0.name.rawName): \($0.value)" }.sorted()
        }

        init(_ message: HTTPPayloadRequest, host: String, path: String) {
            self.method = message.method
            self.scheme = "http"
            self.authority = host
            self.path = path
            self.headers = message.header.flatMap { name, list in
                list.value.map { "\(name): \(String(decoding: $0, as: UTF8.self))" }
            }.sorted()
        }
    }

    /// Creates a message with a secret in every value that the decoder must not remember.
    private func randomMessage(_ round: Int, _ random: inout SeededGenerator) -> (HTTPPayloadRequest, Seen) {
        let host = ["a.example", "b.example:8080"].randomElement(using: &random) ?? ""
        var path = "/" + String(Int.random(in: 0...3, using: &random))
        if Bool.random(using: &random) { path += "?key=s3cr3t\(Int.random(in: 0...1, using: &random))" }
        var message = HTTPPayloadRequest()
        message.method = ["GET", "POST"].randomElement(using: &random) ?? "GET"
        message.uri = "http://\(host)\(path)"
        func set(_ name: String, _ values: String...) {
            message.header[name] = .with { $0.value = values.map { Data($0.utf8) } }
        }
        for index in 0..<5 where Int.random(in: 0...4, using: &random) > 0 {
            set("X-Common-\(index)", "value \(Int.random(in: 0...7, using: &random) == 0 ? 1 : 0)")
        }
        if Bool.random(using: &random) { set("Traceparent", "00-\(round)-01") }
        if Bool.random(using: &random) { set("Cookie", "session=s3cr3t\(Int.random(in: 0...2, using: &random))") }
        if Bool.random(using: &random) { set("Authorization", "Bearer s3cr3t") }
        if Bool.random(using: &random) { set("X-Api-Key", "s3cr3t") }
        if Bool.random(using: &random) { set("X-List", "one", "two") }
        return (message, Seen(message, host: host, path: path))
    }

    @Test func requestsAreIsolated() throws {
        var random = SeededGenerator.forTest()
        var decoder = HTTPRequestDecoder()
        var kept: [(Request, Seen)] = []
        var unfinished: [HeaderSetCache.Loan] = []
        for round in 0..<3000 {
            let (message, expected) = self.randomMessage(round, &random)
            let context = ByteBuffer(bytes: try message.serializedBytes() as [UInt8])
            var decoded: DecodedRequest? = try decoder.decode(Payload(context: context, body: ByteBuffer()))
            let loan = try #require(decoded?.loan)
            if let request = decoded?.request {
                #expect(Seen(request) == expected, "\(random)")
                // Some handlers keep their request.
                if Int.random(in: 0...3, using: &random) == 0 { kept.append((request, expected)) }
            }
            decoded = nil
            // Some requests stay in flight while others begin.
            if Int.random(in: 0...3, using: &random) == 0 { unfinished.append(loan) } else { decoder.ended(loan) }
            if unfinished.count > 3 { decoder.ended(unfinished.remove(at: Int.random(in: 0...3, using: &random))) }
            if kept.count > 10 {
                let (request, expected) = kept.remove(at: Int.random(in: 0...10, using: &random))
                #expect(Seen(request) == expected, "\(random)")
            }
        }
        for (request, expected) in kept { #expect(Seen(request) == expected, "\(random)") }
        for loan in unfinished { decoder.ended(loan) }
        // Secrets are not remembered.
        #expect(Self.texts(in: decoder).filter { $0.contains("s3cr3t") } == [], "\(random)")
        #expect(Self.texts(in: decoder).contains { $0.contains("value 0") })
    }

    /// Collects all texts and bytes in `value`.
    private static func texts(in value: Any) -> [String] {
        if let text = value as? String { return [text] }
        if let bytes = value as? [UInt8] { return [String(decoding: bytes, as: UTF8.self)] }
        // Storage of the previous request, whose lines are gone.
        return Mirror(reflecting: value).children.filter { $0.label != "others" }.flatMap { self.texts(in: $0.value) }
    }

    @Test func aRefusedRequestLeavesNothingBehind() throws {
        var decoder = HTTPRequestDecoder()
        func context(_ method: String, _ headers: [(String, String)], broken: Bool = false) throws -> Payload {
            var message = HTTPPayloadRequest()
            message.method = method
            message.uri = "http://h/"
            for (name, value) in headers { message.header[name] = .with { $0.value = [Data(value.utf8)] } }
            var bytes: [UInt8] = try message.serializedBytes()
            // An entry whose name is a number.
            if broken { bytes += [0x2A, 0x02, 0x08, 0x01] }
            return Payload(context: ByteBuffer(bytes: bytes), body: ByteBuffer())
        }
        for _ in 0..<3 { decoder.ended(try decoder.decode(context("GET", [("Accept", "text/html")])).loan) }
        #expect(throws: RequestDecodingError.self) {
            try decoder.decode(context("GET", [("Accept", "text/html"), ("Cookie", "a=b")], broken: true))
        }
        #expect(throws: RequestDecodingError.self) { try decoder.decode(context("G T", [("Accept", "text/html")])) }
        let request = try decoder.decode(context("GET", [("Accept", "text/html")])).request
        #expect(request.method == .get)
        #expect(request.headers == [.accept: "text/html"])
    }

    // MARK: Lines

    private func withLine(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        Array(text.utf8).withUnsafeBytes { body($0) }
    }

    @Test func aLineIsRememberedWhenItComesAgain() throws {
        var cache = HeaderLineCache()
        self.withLine("accept: everything") { line in
            guard let place = cache.place(of: line) else {
                Issue.record("the line has no place")
                return
            }
            var numbers: [HeaderLineCache.Number?] = []
            for _ in 0..<3 {
                numbers.append(cache.number(of: line, at: place))
                cache.remember(HTTPField(name: .accept, value: "x"), at: place, for: line)
            }
            #expect(numbers[0] == nil)
            #expect(numbers[1] == nil)
            #expect(numbers[2].flatMap { cache.field(of: $0) }?.value == "x")
        }
        self.withLine("short") { #expect(cache.place(of: $0) == nil) }
        self.withLine(String(repeating: "long", count: 50)) { #expect(cache.place(of: $0) == nil) }
    }

    /// A line's place depends on only some of its bytes: these two share it.
    @Test func linesOfOnePlaceAreDistinguishedAndTheOneInUseStays() throws {
        var cache = HeaderLineCache()
        let (first, second) = ("AAAAAAAA1BBBBBBBBBBBBBBBBBBBB", "AAAAAAAA2BBBBBBBBBBBBBBBBBBBB")
        var isPlaced = false
        self.withLine(first) { first in
            self.withLine(second) { second in
                guard let place = cache.place(of: first), let other = cache.place(of: second) else { return }
                isPlaced = true
                for _ in 0..<2 { cache.remember(HTTPField(name: .accept, value: "1"), at: place, for: first) }
                #expect(cache.number(of: second, at: other) == nil)
                // Both lines come with each request.
                for _ in 0..<5 {
                    let number = cache.number(of: first, at: place)
                    #expect(number.flatMap { cache.field(of: $0) }?.value == "1")
                    cache.remember(HTTPField(name: .accept, value: "2"), at: place, for: second)
                }
                // The first line no longer comes.
                let old = cache.number(of: first, at: place)
                for _ in 0..<2 { cache.remember(HTTPField(name: .accept, value: "2"), at: place, for: second) }
                let number = cache.number(of: second, at: place)
                #expect(number.flatMap { cache.field(of: $0) }?.value == "2")
                #expect(number != old)
                #expect(cache.number(of: first, at: place) == nil)
            }
        }
        #expect(isPlaced)
    }

    @Test(arguments: [
        "Authorization", "cookie", "Proxy-Authorization", "X-Api-Key", "X-CSRF-Token", "X-" + String(repeating: "n", count: 40),
    ])
    func linesThatMayBeSecretAreNotRemembered(_ name: String) {
        var names = HeaderNameCache()
        self.withLine(name) { bytes in
            for _ in 0..<2 { #expect(names.name(bytes)?.isPublic == false) }
        }
        self.withLine("Accept") { bytes in
            for _ in 0..<2 { #expect(names.name(bytes)?.isPublic == true) }
        }
    }
}
