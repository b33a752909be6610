import Testing

@testable import HTTPWorker

@Suite struct HeaderPairTests {
    @Test(arguments: [
        ("a=b", "a", "b"), ("FOR=B", "for", "B"), (#"a="b c""#, "a", "b c"), (#"a="""#, "a", ""), (#"a="\"\\x""#, "a", #""\x"#),
        ("a=[::1]:80", "a", "[::1]:80"), (#"a="ž""#, "a", "ž"),
    ])
    func isRead(_ text: String, _ name: String, _ value: String) throws {
        let pair = try #require(HeaderPair(text[...]))
        #expect(pair.name == name)
        #expect(pair.value == value)
    }

    @Test(arguments: [
        "", "a", "=", "a=", "=b", "a =b", "a= b", "a=b c", #"a=""#, #"a="b"#, #"a="b"c"#, #"a="b" "#, #"a="b\""#, #"a=b"c""#,
        "a=b;c=d",
        "a=b,c", "ž=b", "a=\u{301}b", "a=\"\u{0}\"", "a=b=c",
    ])
    func malformedPairsAreNil(_ text: String) {
        #expect(HeaderPair(text[...]) == nil)
    }
}
