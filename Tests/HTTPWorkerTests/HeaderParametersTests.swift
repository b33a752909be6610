import Testing

@testable import HTTPWorker

@Suite struct HeaderParametersTests {
    @Test(arguments: [
        (#"form-data; name="a"; filename="b.txt""#, "b.txt"),
        (#"form-data; name=a; filename=b.txt"#, "b.txt"),
        (#"FORM-DATA;NAME="a";FileName="b.txt""#, "b.txt"),
        (#"form-data; name="a"; filename="q\"uote.txt""#, "q\"uote.txt"),
        (#"form-data; name="a"; filename="C:\dir\file.txt""#, #"C:\dir\file.txt"#),
        (#"form-data; name="a"; filename="x"; filename*=UTF-8''%C5%BElu%C5%A5.txt"#, "žluť.txt"),
        (#"form-data; name="a"; filename*=latin1''x"#, nil),
        (#"form-data; name="a"; filename="semi;colon.txt""#, "semi;colon.txt"),
        (#"form-data; =; ;; name="a"; filename="b.txt"#, "b.txt"),
        (#"form-data; name="a""#, nil),
    ])
    func areRead(_ text: String, _ fileName: String?) {
        let parameters = HeaderParameters(text)
        #expect(parameters.value == "form-data")
        #expect(parameters["name"] == "a")
        #expect(parameters["filename"] == fileName)
    }
}
