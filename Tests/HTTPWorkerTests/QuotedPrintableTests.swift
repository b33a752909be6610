import NIOCore
import Testing

@testable import HTTPWorker

@Suite struct QuotedPrintableTests {
    /// - Returns: nil if the text is malformed.
    private static func decoded(_ text: String, pieces: Int) -> String? {
        var decoder = QuotedPrintable()
        var decoded = ByteBuffer()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let bytes = try? decoder.decode(ByteBuffer(bytes: rest.prefix(pieces))) else { return nil }
            decoded.writeImmutableBuffer(bytes)
            rest = rest.dropFirst(pieces)
        }
        guard let bytes = try? decoder.finish() else { return nil }
        decoded.writeImmutableBuffer(bytes)
        return String(buffer: decoded)
    }

    @Test(arguments: [
        ("=C5=BElu=c5=a5", "žluť"), ("a=\r\nb=\nc", "abc"), ("a  \r\nb \t\nc ", "a\r\nb\nc"), ("= =z =3", "= =z =3"), ("a=", "a"),
        ("a= \r\nb", "ab"), ("", ""), ("ž", "ž"), ("=", nil), ("==", nil), ("a==\r\n", nil), ("a=\r", nil), ("\u{1}", nil),
        ("\u{7F}", nil),
        (String(repeating: "x", count: 5000), nil),
    ])
    func isUndone(_ text: String, _ expected: String?) {
        for pieces in [1, 2, 3, 10_000] { #expect(Self.decoded(text, pieces: pieces) == expected, "\(pieces)") }
    }
}
