import RoadRunnerRuntime
import Testing

@testable import RoadRunnerWeb

@Suite struct FileHeaderTests {
    @Test(arguments: [
        ("plain.txt", "attachment; filename=\"plain.txt\""),
        ("a \"b\".txt", "attachment; filename=\"a _b_.txt\"; filename*=UTF-8''a%20%22b%22.txt"),
        ("../../x", "attachment; filename=\"....x\""),
        ("line\r\nSet-Cookie: a=b", "attachment; filename=\"lineSet-Cookie: a=b\""),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
    ])
    func dispositions(_ name: String, _ value: String) {
        #expect(ContentDisposition.attachment(name).headerValue == value)
    }

    @Test func dispositionsWithoutAName() {
        #expect(ContentDisposition.inline().headerValue == "inline")
        #expect(ContentDisposition.inline("a").headerValue == "inline; filename=\"a\"")
    }

    @Test func dates() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(HTTPDate.parse(text) == 784_111_777, "\(text)")
        }
        for text in [
            "", "Sun", "now", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 19945 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "-1 -1 -1 -1 -1",
            String(repeating: "Sun, ", count: 1000),
        ] { #expect(HTTPDate.parse(text) == nil, "\(text)") }
    }
}
