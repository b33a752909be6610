import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker

@Suite struct UploadNameTests {
    @Test(arguments: [
        ("a.txt", "a.txt"), ("../../a.txt", "a.txt"), ("/etc/", "etc"), (#"C:\fakepath\a.txt"#, "a.txt"), (#"..\..\a"#, "a"),
        ("..", ""), ("x/..", ""), (#"x\.."#, ""), (".", ""), ("/", ""), (".\u{0}./", ""), ("\u{0}", ""), ("a\u{0}\r\nb", "ab"),
        // Slashes that are part of one of Swift's characters.
        ("folder/\u{301}x", "\u{301}x"), ("../\u{301}x", "\u{301}x"), ("\u{600}/x", "x"), ("žluť 1.txt", "žluť 1.txt"),
    ])
    func hasNoFolders(_ given: String, _ name: String) {
        let upload = Upload(name: given, mediaType: "", size: 0, error: nil, path: nil)
        #expect(upload.name.hasBytes(of: name))
    }

    @Test(arguments: ["x.php", "x.PHP", "x\u{600}.php", "a.b.php"]) func forbiddenExtensionsCannotBeHidden(_ name: String)
        async throws
    {
        var limits = FormLimits()
        limits.forbiddenExtensions = ["php"]
        let given = limits
        try await withText { request, context in
            let form = try await request.form(context: context, limits: given)
            return form.uploads.first?.upload.error?.code.description ?? "accepted"
        } _: { worker async throws in
            let body =
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\(name)\"\r\n\r\nabc\r\n--b--\r\n"
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "multipart/form-data; boundary=b")], body: body))
            #expect(response.text == "extensionForbidden")
        }
    }

    /// A colon followed by a combining mark.
    @Test func headerLinesOfPartsAreSplitOnBytes() async throws {
        try await withText { request, context in
            try await request.form(context: context).uploads.first?.upload.mediaType ?? "none"
        } _: { worker async throws in
            let body =
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type:\u{301}text/plain\r\n\r\na\r\n--b--\r\n"
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "multipart/form-data; boundary=b")], body: body))
            #expect(response.text.hasBytes(of: "\u{301}text/plain"))
        }
    }
}
