import NIOCore
import TestSupport
import Testing

@testable import HTTPWorker

@Suite struct MultipartParserTests {
    /// Returns all events of a body that comes in pieces; consecutive data is joined.
    static func events(_ body: [UInt8], boundary: String = "b", pieces: [Int]) throws -> [String] {
        var parser = MultipartParser(boundary: Array(boundary.utf8), maximumHeaderBytes: 1000)
        var events: [String] = []
        var data: [UInt8]?
        var rest = body[...]
        var pieces = pieces[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, pieces.popFirst() ?? rest.count))
            rest = rest.dropFirst(piece.count)
            parser.feed(ByteBuffer(bytes: piece))
            while let event = try parser.next() {
                if case .data(let bytes) = event {
                    data = (data ?? []) + Array(bytes.readableBytesView)
                    continue
                }
                if let bytes = data { events.append("data \(String(decoding: bytes, as: UTF8.self))") }
                data = nil
                switch event {
                case .part(let headers): events.append("part \(headers)")
                case .partEnd: events.append("partEnd")
                case .end: events.append("end")
                case .data: continue
                }
            }
        }
        try parser.finish()
        return events
    }

    static let body = Array(
        ("preamble\r\n--b\r\nA: 1\r\nB: 2\r\n\r\nhello\r\n--bogus\r\n--b-\r\n\r\r\n--b\r\n\r\n\r\n--b  \r\nC: 3\r\n\r\n--b\r\n\r\nx\r\n--b--\r\nepilogue")
            .utf8)
    static let expected = [
        "part [A: 1, B: 2]", "data hello\r\n--bogus\r\n--b-\r\n\r", "partEnd", "part []", "partEnd", "part [C: 3]",
        "partEnd",
        "part []", "data x", "partEnd", "end",
    ]

    @Test func partsAreSeparated() throws {
        #expect(try Self.events(Self.body, pieces: []) == Self.expected)
    }

    @Test func everySplitGivesTheSameEvents() throws {
        for index in 1..<Self.body.count { #expect(try Self.events(Self.body, pieces: [index]) == Self.expected, "\(index)") }
        #expect(try Self.events(Self.body, pieces: [Int](repeating: 1, count: Self.body.count)) == Self.expected)
    }

    @Test func randomSplitsAndBodiesNeverTrap() throws {
        var generator = SeededGenerator.forTest()
        let tokens = ["--b", "\r\n", "--", "\r", "\n", "A: 1", "x", "--b--", "--b\r\n", "\r\n\r\n", " ", "b"].map {
            Array($0.utf8)
        }
        for _ in 0..<3000 {
            let body = (0..<Int.random(in: 0...20, using: &generator)).flatMap { _ in
                tokens.randomElement(using: &generator) ?? []
            }
            let whole = try? Self.events(body, pieces: [])
            let pieces = body.map { _ in Int.random(in: 1...5, using: &generator) }
            let split = try? Self.events(body, pieces: pieces)
            #expect(split == whole, "\(body)")
        }
    }

    @Test(arguments: [
        "", "--", "--x\r\n\r\n\r\n--x--", "--b\r\nA", "--b\r\n\r\ndata", "--b\r\n\r\ndata\r\n--b", "--b\r\n\r\nd\r\n--b-",
    ])
    func truncatedBodiesAreErrors(_ body: String) {
        #expect(throws: FormError.self) { try Self.events(Array(body.utf8), pieces: []) }
    }

    /// Header lines may continue in the next line; a space replaces the fold.
    @Test func foldedLinesAreJoined() throws {
        let body = Array("--b\r\nA: 1;\r\n\t 2 \r\n  3\r\nB:4\r\n\r\n\r\n--b--\r\n".utf8)
        for pieces in [[], [Int](repeating: 1, count: body.count)] {
            let events = try Self.events(body, pieces: pieces)
            #expect(events == ["part [A: 1; 2 3, B: 4]", "partEnd", "end"])
        }
    }

    /// The first delimiter decides on the line ending: one with another ending is not a delimiter.
    @Test func linesMayEndInALineFeed() throws {
        let body = Array("--b\nA: 1\n\nx\r\ny\n--b--\n".utf8)
        for pieces in [[], [Int](repeating: 1, count: body.count)] {
            #expect(try Self.events(body, pieces: pieces) == ["part [A: 1]", "data x\r\ny", "partEnd", "end"])
        }
        #expect(throws: FormError.self) { try Self.events(Array("--b\n\nx\n--b\r\n\ny\n--b--\n".utf8), pieces: []) }
        #expect(throws: FormError.self) { try Self.events(Array("--b\r\n\r\nx\r\n--b\n\r\ny\r\n--b--\r\n".utf8), pieces: []) }
    }

    /// A long header line in pieces of one byte must not take quadratic time.
    @Test(.timeLimit(.minutes(1))) func smallPiecesAreNotScannedAgain() throws {
        var parser = MultipartParser(boundary: Array("b".utf8), maximumHeaderBytes: 1_000_000)
        parser.feed(ByteBuffer(string: "--b\r\nA: "))
        #expect(try parser.next() == nil)
        for _ in 0..<300_000 {
            parser.feed(ByteBuffer(bytes: [0x78]))
            guard try parser.next() == nil else { return }
        }
        parser.feed(ByteBuffer(string: "\r\n\r\n"))
        guard case .part(let headers)? = try parser.next() else {
            Issue.record("no part")
            return
        }
        #expect(headers.first?.value.count == 300_000)
    }

    @Test func longHeadersAreRefused() {
        let body = "--b\r\nA: \(String(repeating: "x", count: 2000))\r\n\r\n"
        #expect(throws: FormError.self) { try Self.events(Array(body.utf8), pieces: []) }
        #expect(throws: FormError.self) {
            try Self.events(Array("--b\r\n\(String(repeating: "x", count: 2000))".utf8), pieces: [10])
        }
        #expect(throws: FormError.self) { try Self.events([UInt8](repeating: 0x78, count: 5000), pieces: [10]) }
    }
}
