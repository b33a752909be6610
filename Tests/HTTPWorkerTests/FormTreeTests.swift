import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker

extension Form {
    /// Parses a URL-encoded body.
    init(urlEncoded body: String) throws {
        self.init(fields: try Array(body.utf8).withUnsafeBytes { try URLEncodedForm.parse($0, limits: FormLimits()) })
    }
}

@Suite struct FormTreeTests {
    /// Swift considers the two names equal.
    @Test func namesAreBytes() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        let form = try Form(urlEncoded: "\(composed)=1&\(decomposed)=2&x[\(composed)]=3&x[\(decomposed)]=4")
        #expect(form[composed].value == "1")
        #expect(form[decomposed].value == "2")
        #expect(form["x"].entries.count == 2)
        #expect(form["x"][decomposed].value == "4")
        #expect(form.fields.leaves.map(\.value) == ["2", "4", "3", "1"])
        let json = #"{"\#(decomposed)":"2","x":{"\#(decomposed)":"4","\#(composed)":"3"},"\#(composed)":"1"}"#
        let parsed = try ParsedForm.read(fields: ByteBuffer(string: json), uploads: ByteBuffer(), limits: FormLimits())
        #expect(parsed.fields == form.fields)
        let other = try Form(urlEncoded: "\(composed)=2&\(decomposed)=1&x[\(composed)]=3&x[\(decomposed)]=4")
        #expect(other.fields != form.fields)
    }

    @Test(arguments: [
        [UInt8]([0xFF, 0xFE]), [0xE2, 0x82], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF],
        [0xF0, 0x9F, 0x98],
    ])
    func bytesOutsideUTF8AreReplaced(_ bytes: [UInt8]) {
        let text = String(replacingInvalidBytesOf: [0xC5, 0xBE] + bytes + [0x61])
        let expected = bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\u{FFFD}" }.joined()
        #expect(Array(text.utf8) == Array("ž\(expected)a".utf8))
    }

    @Test func charactersOfEveryLengthAreKept() {
        let text = "a\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"
        #expect(String(replacingInvalidBytesOf: Array(text.utf8) + [0xFF]) == text + "\u{FFFD}")
    }

    @Test func escapesOfRoadRunnerAreUndone() throws {
        let json = #" { "a" : "\u003cb\u003e\u0026\"\\\/\b\f\n\r\t\u0000\u017e\ud83d\ude00" , "l" : [ "x" , "y" ] , "o" : { } } "#
        let form = try ParsedForm.read(fields: ByteBuffer(string: json), uploads: ByteBuffer(), limits: FormLimits())
        #expect(form["a"].value == "<b>&\"\\/\u{8}\u{C}\n\r\t\u{0}ž😀")
        #expect(form["l"].elements.map(\.value) == ["x", "y"])
        #expect(form["o"].isEmpty)
    }

    @Test(arguments: [
        #"{"a":}"#, #"{"a":"x""#, #"{"a":"\ud83d"}"#, #"{"a":"\ud83dx"}"#, #"{"a":"\u12"}"#, #"{"a":"\u+123"}"#, #"{"a":1}"#,
        #"{"a":true}"#, #"["a"]"#,
        #"{"a":"x"}}"#, #"{"a" "x"}"#, #"{"a":"x",}"#, "{", #""x""#,
    ])
    func otherDescriptionsAreRefused(_ json: String) {
        #expect(throws: FormError.self) {
            try ParsedForm.read(fields: ByteBuffer(string: json), uploads: ByteBuffer(), limits: FormLimits())
        }
    }

    @Test func elementsAreSortedByNumber() throws {
        let form = try Form(urlEncoded: "n[10]=ten&n[9]=nine&n[01]=one&n[1]=uno&x[1]=a&x[y]=b")
        #expect(form["n"].elements.map(\.value) == ["one", "uno", "nine", "ten"])
        #expect(form["x"].elements.isEmpty)
    }

    @Test func theLastOfSeveralNamesForOnePlaceCounts() throws {
        #expect(try Form(urlEncoded: "a=1&a[]=2")["a"].elements.map(\.value) == ["2"])
        #expect(try Form(urlEncoded: "a[]=2&a=1")["a"].value == "1")
        #expect(try Form(urlEncoded: "a b=1&ab=2")["ab"].value == "2")
        #expect(try Form(urlEncoded: "a=1&a[][x]=2")["a"][""]["x"].value == "2")
        #expect(throws: FormError.self) { try Form(urlEncoded: "a[][x]=2&a=1") }
    }

    @Test func errorsShowTheBeginningOfNames() throws {
        let name = "a" + String(repeating: "\u{301}", count: 100_000)
        do {
            _ = try Form(urlEncoded: "\(name)=1&\(name)[b]=2")
            Issue.record("no conflict")
        } catch let error as FormError {
            #expect(error.code == .conflictingNames)
            #expect(error.description.utf8.count < 1000)
        }
    }

    // MARK: Limits

    private static func parsed(_ fields: String, _ uploads: String = "", _ change: (inout FormLimits) -> Void) throws -> Form {
        var limits = FormLimits()
        change(&limits)
        return try ParsedForm.read(fields: ByteBuffer(string: fields), uploads: ByteBuffer(string: uploads), limits: limits)
    }

    private func expectTooLarge(_ body: () throws -> Form) {
        do {
            _ = try body()
            Issue.record("no error")
        } catch {
            #expect((error as? FormError)?.code == .tooLarge, "\(error)")
            #expect((error as? FormError)?.status.code == 413)
        }
    }

    /// RoadRunner does not apply these limits.
    @Test func limitsHoldForFormsThatRoadRunnerHasParsed() throws {
        let fields = #"{"a":{"b":"1"},"c":["2","3"]}"#
        let uploads = #"{"f":{"name":"x","mime":"","size":10,"error":0,"tmpName":"/tmp/x"}}"#
        #expect(
            try Self.parsed(fields, uploads) { ($0.parts, $0.fieldBytes, $0.fileBytes) = (4, 13, 10) }.fields.leaves.count == 3)
        self.expectTooLarge { try Self.parsed(fields, uploads) { $0.parts = 3 } }
        self.expectTooLarge { try Self.parsed(fields, uploads) { $0.fieldBytes = 12 } }
        self.expectTooLarge { try Self.parsed(fields, uploads) { $0.fileBytes = 9 } }
    }

    /// The limit counts decoded bytes, not their encoding.
    @Test func bytesOfNamesAndValuesAreCounted() async throws {
        var limits = FormLimits()
        limits.fieldBytes = 10
        let given = limits
        try await withText { request, context in
            try await request.form(context: context, limits: given).comparable
        } _: { worker async throws in
            let type = [("Content-Type", "application/x-www-form-urlencoded")]
            #expect(try await worker.send(.post("/", headers: type, body: "%61=%C5%BE%C5%BE%C5%BE%C5%BEx")).text == "a=žžžžx")
            #expect(try await worker.send(.post("/", headers: type, body: "%61=%C5%BE%C5%BE%C5%BE%C5%BExy")).status == 413)
            let long = String(repeating: "x", count: 100_000)
            #expect(try await worker.send(.post("/", headers: type, body: long)).status == 413)
        }
    }

    @Test func decodersHaveLimits() async throws {
        struct Limited: RoadRunnerRequestContext {
            var coreContext: CoreRequestContextStorage
            let info: RequestInfo
            init(source: ApplicationRequestContextSource) {
                self.coreContext = .init(source: source)
                self.info = source.info
            }
            var requestDecoder: BodyDecoder {
                var limits = FormLimits()
                limits.parts = 1
                return BodyDecoder(formLimits: limits)
            }
        }
        struct Number: Decodable { let a: Int }
        let router = Router(context: Limited.self)
        router.post("/") { request, context in "\(try await request.decode(as: Number.self, context: context).a)" }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            let type = [("Content-Type", "application/x-www-form-urlencoded")]
            #expect(try await worker.send(.post("/", headers: type, body: "a=7")).text == "7")
            #expect(try await worker.send(.post("/", headers: type, body: "a=7&b=8")).status == 413)
        }
    }

    /// RoadRunner parses `text/plain; x="application/x-www-form-urlencoded"` as a form.
    @Test func parsedBodiesOfOtherTypesAreNotForms() async throws {
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            var request = TestRequest.post("/", headers: [("Content-Type", "application/x-www-form-urlencoded-more")], body: "")
            request.isParsed = true
            #expect(try await worker.send(request).status == 415)
        }
    }
}
