import Testing

@testable import HTTPWorker

@Suite struct MediaTypeTests {
    @Test(arguments: [
        (#"form-data; name="a"; filename="b.txt""#, "b.txt"),
        (#"form-data; name=a; filename=b.txt;"#, "b.txt"),
        (#" FORM-DATA ;NAME="a" ; FileName = "b.txt" "#, "b.txt"),
        (#"form-data; name="a"; filename="q\"uote.txt""#, "q\"uote.txt"),
        (#"form-data; name="a"; filename="C:\dir\file.txt""#, #"C:\dir\file.txt"#),
        (#"form-data; name="a"; filename="a\ b\ž""#, #"a\ b\ž"#),
        (#"form-data; name="a"; filename="x"; filename*=UTF-8''%C5%BElu%C5%A5.txt"#, "žluť.txt"),
        (#"form-data; name="a"; filename*=latin1''x"#, nil),
        (#"form-data; name="a"; filename*=utf-8''%zz"#, nil),
        (#"form-data; name="a"; filename*0="one"; filename*1=two"#, "onetwo"),
        (#"form-data; name="a"; filename*0*=utf-8'en'%C5; filename*1*=%BE; filename*2=x; filename*4=y"#, "žx"),
        (#"form-data; name="a"; filename="b"; filename="b""#, "b"),
        (#"form-data; name="a""#, nil),
    ])
    func areRead(_ text: String, _ fileName: String?) throws {
        let type = try #require(MediaTypeHeader(text.utf8))
        #expect(type.value == "form-data")
        #expect(type.parameters?["name"].map { String(decoding: $0, as: UTF8.self) } == "a")
        #expect(type.parameters?["filename"].map { String(decoding: $0, as: UTF8.self) } == fileName)
    }

    @Test(arguments: [
        #"form-data; name="a"#, "form-data; name=", "form-data; name", "form-data; name=a b", "form-data; =a",
        "form-data;; name=a",
        "form-data; name=a; name=b", "form-data; name=a/b", "form-data; name*=utf-8''a; name*=utf-8''b",
    ])
    func malformedParametersAreNil(_ text: String) throws { #expect(try #require(MediaTypeHeader(text.utf8)).parameters == nil) }

    @Test(arguments: ["", ";", "a/", "/b", "a/b/c", "a b", "a/b c; d=e"]) func malformedTypesAreNil(_ text: String) {
        #expect(MediaTypeHeader(text.utf8) == nil)
    }
}
