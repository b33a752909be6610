import Foundation
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker

@Suite(.timeLimit(.minutes(2))) struct FormTests {
    @Test func recordingsAreThere() { #expect(RecordedForm.all.count >= 30) }

    /// Compares a request that a real RoadRunner parsed with the same request parsed by this package.
    @Test(arguments: RecordedForm.all) func rawAndParsedFormsAreEqual(_ form: RecordedForm) async throws {
        var limits = FormLimits()
        // As in the configuration of the recorded RoadRunner.
        limits.forbiddenExtensions = ["php"]
        let given = limits
        try await withText { request, context in
            try await request.form(context: context, limits: given).comparable
        } _: { worker async throws in
            let raw = try await worker.send(form.raw)
            if form.status != 200 {
                #expect(raw.status == 400, "\(raw.text)")
            } else if form.parsed == true {
                let parsed = try await worker.send(form.asParsed)
                #expect(parsed.status == 200)
                // RoadRunner drops forms of other methods.
                if ["POST", "PUT", "PATCH"].contains(form.method) { #expect(raw.text == parsed.text) }
                if form.fields == "", form.uploads == nil { #expect(parsed.text.isEmpty) }
            } else {
                #expect(raw.status == 200)
                #expect(!raw.text.isEmpty)
            }
            try await expectStillInStep(worker)
        }
    }

    @Test func treesAreWalkedWithoutTraps() async throws {
        try await withText { request, context in
            let form = try await request.form(context: context)
            #expect(form["user"]["tags"][0].value == "a")
            #expect(form["user"]["tags"][1].value == "b")
            #expect(form["user"]["tags"][2].value == nil)
            #expect(form["user"]["tags"][-1].value == nil)
            #expect(form["user"]["none"]["deeper"][7].value == nil)
            #expect(form["n"][5].value == "five")
            #expect(form["n"].elements.map(\.value) == ["five", "eleven"])
            #expect(form["x"].value == "1")
            #expect(form["x"]["y"].isEmpty)
            return "walked"
        } _: { worker async throws in
            let body = "user[tags][]=a&user[tags][]=b&n[11]=eleven&n[5]=five&x=1"
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: body))
            #expect(response.text == "walked")
        }
    }

    @Test func bytesOfAParsedFormAreATypedError() async throws {
        try await withText { request, _ in
            do {
                _ = try await request.body.collect(upTo: 1000)
                return "no error"
            } catch let error as FormError {
                return "\(error.code): \(error)"
            }
        } _: { worker async throws in
            var request = TestRequest.post("/", body: #"{"a":"1"}"#)
            request.isParsed = true
            let text = try await worker.send(request).text
            #expect(text.hasPrefix("bodyIsParsed"))
            #expect(text.contains("http.raw_body"))
        }
    }

    @Test func unhandledErrorsAre415WithoutDetails() async throws {
        try await withText { request, _ in
            String(buffer: try await request.body.collect(upTo: 1000))
        } _: { worker async throws in
            var request = TestRequest.post("/", body: #"{"a":"1"}"#)
            request.isParsed = true
            let response = try await worker.send(request)
            #expect(response.status == 415)
            #expect(!response.text.contains("raw_body"))
            try await expectStillInStep(worker)
        }
    }

    @Test func formsCanBeReadTwice() async throws {
        try await withText { request, context in
            let first = try await request.form(context: context)
            let second = try await request.form(context: context)
            return "\(first == second.self) \(second["a"].value ?? "")"
        } _: { worker async throws in
            for isParsed in [true, false] {
                var request = TestRequest.post(
                    "/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: isParsed ? #"{"a":"1"}"# : "a=1")
                request.isParsed = isParsed
                #expect(try await worker.send(request).text == "true 1")
            }
        }
    }

    @Test(arguments: ["text/plain", "application/json", nil]) func otherBodiesAreNotForms(_ type: String?) async throws {
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            let headers = type.map { [("Content-Type", $0)] } ?? []
            #expect(try await worker.send(.post("/", headers: headers, body: "a=1")).status == 415)
        }
    }

    // MARK: Hostile input

    @Test func deepNamesAreDropped() async throws {
        let deep = "a" + String(repeating: "[b]", count: 20_000) + "=1"
        let edge = "e" + String(repeating: "[b]", count: 126) + "=2"
        let over = "o" + String(repeating: "[b]", count: 127) + "=3"
        try await withText { request, context in
            try await request.form(context: context).fields.leaves.map { "\($0.name.prefix(1))=\($0.value)" }.joined()
        } _: { worker async throws in
            let response = try await worker.send(
                .post(
                    "/", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                    body: [deep, edge, over, "z=4"].joined(separator: "&")))
            #expect(response.text == "e=2z=4")
        }
    }

    @Test func deepJSONFromRoadRunnerIsRefused() async throws {
        let json = String(repeating: #"{"a":"#, count: 400) + #""1""# + String(repeating: "}", count: 400)
        let lists = #"{"a":"# + String(repeating: "[", count: 300) + String(repeating: "]", count: 300) + "}"
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            for body in [json, lists, "[", "7", "\"x\"x"] {
                var request = TestRequest.post("/", body: body)
                request.isParsed = true
                let response = try await worker.send(request)
                #expect(response.status == 400 || body == "7", "\(body.prefix(20)): \(response.text.prefix(200))")
            }
            try await expectStillInStep(worker)
        }
    }

    @Test func fieldsUpToTenThousandAreRead() async throws {
        try await withText { request, context in
            "\(try await request.form(context: context).fields.leaves.count)"
        } _: { worker async throws in
            let type = [("Content-Type", "application/x-www-form-urlencoded")]
            let fields = (0..<10_000).map { "f[\($0)]=\($0)" }
            #expect(try await worker.send(.post("/", headers: type, body: fields.joined(separator: "&"))).text == "10000")
            let more = try await worker.send(.post("/", headers: type, body: (fields + ["x=1"]).joined(separator: "&")))
            #expect(more.status == 413)
            try await expectStillInStep(worker)
        }
    }

    @Test(arguments: ["a=%", "a=%1", "a=%zz", "%=1", "a=1;b=2"]) func malformedEscapesAreRefused(_ body: String) async throws {
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: body))
            #expect(response.status == 400)
        }
    }

    /// Random names never trap, and a parsed form can be parsed again from RoadRunner's encoding of it.
    @Test func randomNamesAreReadAlike() throws {
        var generator = SeededGenerator.forTest()
        let alphabet = Array("ab[]= &%5B.ž\u{0}")
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
            let bytes = Array(text.utf8)
            guard let tree = try? bytes.withUnsafeBytes({ try URLEncodedForm.parse($0, limits: FormLimits()) }) else { continue }
            guard !tree.isEmpty else { continue }
            let json = try JSONEncoder().encode(tree)
            let again = try ParsedForm.read(fields: ByteBuffer(bytes: json), uploads: ByteBuffer(), limits: FormLimits())
            #expect(again.fields == tree, "\(text)")
        }
    }
}
