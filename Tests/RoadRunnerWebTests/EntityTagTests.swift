import Testing

@testable import RoadRunnerWeb

@Suite struct EntityTagTests {
    @Test(arguments: [
        (#""a""#, #""a""#, true, true), (#"W/"a""#, #""a""#, false, true), (#"W/"a""#, #"W/"a""#, false, true),
        (#""a""#, #""b""#, false, false), (#""""#, #""""#, true, true), (#""a,b""#, #""a,b""#, true, true),
        // Texts that are equal in Swift, with different bytes.
        ("\"\u{e9}\"", "\"e\u{301}\"", false, false),
    ])
    func comparison(_ left: String, _ right: String, _ isStrong: Bool, _ isWeak: Bool) throws {
        let (left, right) = (try #require(EntityTag(left)), try #require(EntityTag(right)))
        #expect(left.matchesStrongly(right) == isStrong)
        #expect(left.matchesWeakly(right) == isWeak)
    }

    @Test(arguments: ["", "\"", "a", "*", "w/\"a\"", "W/a", "W/", "\"a", "a\"", "\"a\"b\"", "\"a b\"", "\"\u{0}\"", " \"a\""])
    func malformedTagsAreNil(_ text: String) {
        #expect(EntityTag(text) == nil)
    }
}
