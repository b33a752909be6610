import Foundation
import KVCache
import NIOCore
import TestSupport
import Testing

@Suite struct JSONValueCoderTests {
    private static let alphabet: [Unicode.Scalar] =
        Array("az09 /\\\"\n\r\t\u{08}\u{0C}\u{00}\u{1F}\u{7F}é€😀\u{2028}\u{301}".unicodeScalars)

    @Test func textsRoundTrip() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                if let scalar = Self.alphabet.randomElement(using: &random) { text.append(scalar) }
            }
            let coder = JSONValueCoder()
            let decoded = try coder.decode(String.self, from: coder.encode(String(text)))
            #expect(Array(decoded.utf8) == Array(String(text).utf8))
        }
    }

    /// Texts are decoded without Foundation where that is safe: the coder must reject whatever Foundation rejects.
    @Test func otherTextsDecodeAsWithFoundation() throws {
        var random = SeededGenerator.forTest()
        let pieces: [[UInt8]] = [
            Array("\"".utf8), Array("\\".utf8), Array("\\n".utf8), Array("\\/".utf8), Array("\\x".utf8), Array("\\u00e9".utf8),
            Array("\\ud83d".utf8), Array(" ".utf8), Array("a".utf8), [0x0A], [0xFF], [0xC3], [0xA9], Array("null".utf8),
            Array("1".utf8),
        ]
        for _ in 0..<5000 {
            var bytes: [UInt8] = Bool.random(using: &random) ? [UInt8(ascii: "\"")] : []
            for _ in 0..<Int.random(in: 0...5, using: &random) { bytes += pieces.randomElement(using: &random) ?? [] }
            if Bool.random(using: &random) { bytes.append(UInt8(ascii: "\"")) }
            let expected = try? JSONDecoder().decode(String.self, from: Data(bytes))
            let decoded = try? JSONValueCoder().decode(String.self, from: ByteBuffer(bytes: bytes))
            #expect(decoded.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(bytes)")
        }
    }
}
