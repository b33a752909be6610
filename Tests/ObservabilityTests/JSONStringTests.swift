import Foundation
import TestSupport
import Testing

@testable import RoadRunnerObservability

@Suite struct JSONStringTests {
    private static let alphabet: [Unicode.Scalar] =
        Array("az/\\\"\n\r\t\u{00}\u{0B}\u{1F}\u{7F}é€\u{2027}\u{2028}\u{2029}\u{202A}😀".unicodeScalars)

    @Test func everyTextRoundTrips() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                if let scalar = Self.alphabet.randomElement(using: &random) { text.append(scalar) }
            }
            let quoted = JSONString.quoted(String(text))
            let decoded = try JSONDecoder().decode(String.self, from: Data(quoted.utf8))
            #expect(Array(decoded.utf8) == Array(String(text).utf8), "\(quoted)")
            // One line, by every definition of a line break.
            #expect(!quoted.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 || $0.value == 0x2029 }, "\(quoted)")
        }
    }

    @Test func escapesAreThoseOfJSON() {
        #expect(JSONString.quoted("a\"b\\c\n\r\t\u{01}\u{1F}\u{2028}\u{2029}é") == #""a\"b\\c\n\r\t\u0001\u001f\u2028\u2029é""#)
    }
}
