import Testing

@testable import HTTPWorker

@Suite struct HeaderListTests {
    @Test(
        arguments: [
            ([], []), ([""], []), ([",, ,\t,"], []), (["a"], ["a"]), (["a, b ,\tc"], ["a", "b", "c"]),
            (["a,b", "c"], ["a", "b", "c"]),
            ([#"a;x="1,2", b"#], [#"a;x="1,2""#, "b"]), ([#""a\",b", c"#], [#""a\",b""#, "c"]),
            // An open quote ends with its line.
            ([#"a, "b, c"#, "d"], ["a", #""b, c"#, "d"]),
            // Commas that are part of one of Swift's characters.
            (["\u{600}, b"], ["\u{600}", "b"]), (["a,\u{301} b"], ["a", "\u{301} b"]), (["a,\u{FE0F}b"], ["a", "\u{FE0F}b"]),
        ] as [([String], [String])])
    func isSplitOnBytes(_ lines: [String], _ elements: [String]) {
        #expect(HeaderList(lines).map { Array($0.utf8) } == elements.map { Array($0.utf8) })
    }

    @Test func backslashesInEntityTagsAreOrdinary() {
        #expect(HeaderList([#""a\", "b""#], quotes: .entityTags).map { String($0) } == [#""a\""#, #""b""#])
    }

    @Test func partsOfAnElement() {
        #expect(
            HeaderList(partsOf: #"for=a;x="b;c,d"; ;e=f"#, separator: ";").map { String($0) } == ["for=a", #"x="b;c,d""#, "e=f"])
        // The character is equal to a semicolon in Swift.
        #expect(HeaderList(partsOf: "a\u{37E}b", separator: ";").map { $0.utf8.count } == [4])
    }
}
