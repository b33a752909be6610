import Testing

@testable import HTTPWorker

@Suite struct ASCIITests {
    @Test func textsAreComparedByBytes() {
        // Swift's own comparison considers these equal.
        #expect("\u{212A}" == "K")
        #expect(!"\u{212A}".hasBytes(of: "K"))
        #expect(!"\u{212A}".hasBytesIgnoringCase(of: "k"))
        #expect("\u{212A}Ž".asciiLowercased.hasBytes(of: "\u{212A}Ž"))
        #expect("Unix:".hasBytesIgnoringCase(of: "uNIX:"))
        // Bytes that differ by the same bit as upper and lower case letters.
        #expect(!"@[".hasBytesIgnoringCase(of: "`{"))
    }

    @Test func numbersAreDigits() {
        #expect("0080".decimalNumber == 80)
        for text in ["", "+1", "-1", "1 ", "٣", "99999999999999999999", "1\u{301}"] {
            #expect(text.decimalNumber == nil, "\(text)")
        }
    }
}
