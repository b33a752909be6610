import HTTPTypes
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
            // Commas that Swift's characters hide.
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
        // It is equal to a semicolon for Swift.
        #expect(HeaderList(partsOf: "a\u{37E}b", separator: ";").map { $0.utf8.count } == [4])
    }
}

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
    func whatIsMalformedIsNone(_ text: String) {
        #expect(HeaderPair(text[...]) == nil)
    }
}

@Suite struct ASCIITests {
    @Test func textsAreComparedByBytes() {
        // Swift's own comparison finds these equal.
        #expect("\u{212A}" == "K")
        #expect(!"\u{212A}".hasBytes(of: "K"))
        #expect(!"\u{212A}".hasBytesIgnoringCase(of: "k"))
        #expect("\u{212A}Ž".asciiLowercased.hasBytes(of: "\u{212A}Ž"))
        #expect("Unix:".hasBytesIgnoringCase(of: "uNIX:"))
        // Bytes that differ by the same bit as letters of another case.
        #expect(!"@[".hasBytesIgnoringCase(of: "`{"))
    }

    @Test func numbersAreDigits() {
        #expect("0080".decimalNumber == 80)
        for text in ["", "+1", "-1", "1 ", "٣", "99999999999999999999", "1\u{301}"] {
            #expect(text.decimalNumber == nil, "\(text)")
        }
    }
}

@Suite struct EntityTagTests {
    @Test(arguments: [
        (#""a""#, #""a""#, true, true), (#"W/"a""#, #""a""#, false, true), (#"W/"a""#, #"W/"a""#, false, true),
        (#""a""#, #""b""#, false, false), (#""""#, #""""#, true, true), (#""a,b""#, #""a,b""#, true, true),
        // Equal texts for Swift, of other bytes.
        ("\"\u{e9}\"", "\"e\u{301}\"", false, false),
    ])
    func comparison(_ left: String, _ right: String, _ isStrong: Bool, _ isWeak: Bool) throws {
        let (left, right) = (try #require(EntityTag(left)), try #require(EntityTag(right)))
        #expect(left.matchesStrongly(right) == isStrong)
        #expect(left.matchesWeakly(right) == isWeak)
    }

    @Test(arguments: ["", "\"", "a", "*", "w/\"a\"", "W/a", "W/", "\"a", "a\"", "\"a\"b\"", "\"a b\"", "\"\u{0}\"", " \"a\""])
    func otherTextsAreNone(_ text: String) {
        #expect(EntityTag(text) == nil)
    }
}

@Suite struct FilePreconditionsTests {
    private func decision(
        _ method: HTTPRequest.Method, _ fields: [HTTPField.Name: String], eTag: String = "\"v1\""
    ) -> FilePreconditions.Decision {
        var headers = HTTPFields()
        for (name, value) in fields { headers[name] = value }
        return FilePreconditions.decide(method, headers, size: 10, .init(eTag: eTag, modified: 784_111_777))
    }

    @Test func weakTagsAreComparedWeaklyWhereTheyMayBe() {
        let weak = "W/\"v1\""
        #expect(self.decision(.get, [.ifNoneMatch: "\"v1\""], eTag: weak) == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: weak]) == .notModified)
        #expect(self.decision(.get, [.ifMatch: weak], eTag: weak) == .failed)
        #expect(self.decision(.get, [.ifMatch: weak]) == .failed)
        #expect(self.decision(.get, [.ifMatch: "*"], eTag: weak) == .whole)
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: weak], eTag: weak) == .whole)
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: "\"v1\""]) == .part(0..<1))
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: "\"v1"]) == .whole)
    }

    @Test func tagsMayHaveCommas() {
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\", \"a,b\""], eTag: "\"a,b\"") == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: "\"a,v1\""]) == .whole)
        #expect(self.decision(.get, [.ifMatch: "\"a,\\\", \"v1\""]) == .whole)
    }

    @Test func whatIsNoTagIsLeftOut() {
        #expect(self.decision(.get, [.ifNoneMatch: "v1, , \"x, \"v1\""]) == .whole)
        #expect(self.decision(.get, [.ifNoneMatch: "v1, \"v1\""]) == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\", *"]) == .whole)
        #expect(self.decision(.get, [.ifMatch: "v1"]) == .failed)
        #expect(self.decision(.get, [.ifMatch: ""]) == .failed)
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\",\u{301} \"v1\""]) == .whole)
    }

    @Test func onlyReadersAreToldThatNothingHasChanged() {
        for method in [HTTPRequest.Method.get, .head] {
            #expect(self.decision(method, [.ifNoneMatch: "\"v1\""]) == .notModified)
            #expect(self.decision(method, [.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]) == .notModified)
        }
        for method in [HTTPRequest.Method.post, .put, .delete] {
            #expect(self.decision(method, [.ifNoneMatch: "\"v1\""]) == .failed)
            #expect(self.decision(method, [.ifNoneMatch: "*"]) == .failed)
            #expect(self.decision(method, [.ifNoneMatch: "\"x\""]) == .whole)
            #expect(self.decision(method, [.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]) == .whole)
        }
    }
}
