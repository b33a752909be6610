import Foundation
import HTTPTypes
import Hummingbird
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct FilePathTests {
    /// Serves a folder by a route, and expects that no exception is reported.
    private func withRoute<Result>(_ body: (TestWorker, String) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { base in
            // The base, one level above the folder, has files whose names hide a slash in one of Swift's characters.
            try Data("outside".utf8).write(to: URL(filePath: "\(base)/\u{301}x"))
            try Data("outside".utf8).write(to: URL(filePath: "\(base)/x"))
            let folder = "\(base)/public"
            try FileManager.default.createDirectory(atPath: "\(folder)/sub", withIntermediateDirectories: true)
            for name in ["my file.txt", "ž.txt", "a+b", "100%", "sub/\u{301}y", "back\\slash", "\u{301}z"] {
                try Data("\(name)".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            let router = Router(context: BasicRoadRunnerRequestContext.self)
            router.get("ok") { _, _ in "ok" }
            router.get("files/**") { _, context in Response.file(try context.parameters.getCatchAllPath(), in: folder) }
            // Passes the whole path, without splitting it.
            router.get("raw/**") { request, _ in Response.file(String(request.uri.path.dropFirst(4)), in: folder) }
            router.get("send/**") { request, _ in
                var file = Response.file(String(request.uri.path.dropFirst(5)), in: folder)
                file.usesSendfile = true
                return file
            }
            return try await TestWorker.with(HTTP(router)) { worker async throws in try await body(worker, folder) }
        }
    }

    @Test func namesInAnyScriptAreFound() async throws {
        try await self.withRoute { worker, _ async throws in
            for (path, name) in [
                ("/files/my%20file.txt", "my file.txt"), ("/files/%C5%BE.txt", "ž.txt"), ("/files/a+b", "a+b"),
                ("/files/a%2Bb", "a+b"),
                ("/files/100%25", "100%"), ("/files/./sub/%CC%81y", "sub/\u{301}y"), ("/files//%CC%81z", "\u{301}z"),
            ] {
                let response = try await worker.send(.get(path))
                #expect(response.status == 200, "\(path)")
                #expect(response.text.hasBytes(of: name), "\(path)")
            }
        }
    }

    @Test(arguments: [
        "/files/sub%2F%CC%81y", "/files/%2e%2e/x", "/files/..%2fx", "/files/..%2f%CC%81x", "/files/.%2e", "/files/x%00",
        "/files/%FF",
        "/files/%", "/files/%4", "/files/%+1", "/files/back%5Cslash", "/files/..%5Cx", "/files/", "/files/.", "/files/sub",
        // A slash with a combining mark after it, or with a character before it that absorbs it.
        "/files/../\u{301}x", "/raw/../\u{301}x", "/raw/sub/../\u{301}z", "/raw/\u{600}/x", "/raw/back\\slash",
    ])
    func otherPathsAreNotFound(_ path: String) async throws {
        try await self.withRoute { worker, _ async throws in
            #expect(try await worker.send(.get(path)).status == 404)
            try await expectStillInStep(worker)
        }
    }

    /// A combining mark after a slash starts a name.
    @Test func partsAreSplitOnBytes() async throws {
        try await self.withRoute { worker, _ async throws in
            #expect(try await worker.send(.get("/raw/sub/\u{301}y")).status == 200)
        }
        #expect(FilePath.components("/a//./b/") == ["a", "b"])
        #expect(FilePath.components("a/\u{301}b")?.map { $0.utf8.count } == [1, 3])
        for path in ["..", "a/..", "../\u{301}x", "a\\b", "a\u{0}", ".\u{0}./x"] {
            #expect(FilePath.components(path) == nil, "\(path)")
        }
        #expect(throws: SystemCallError.self) { try OpenFile(reading: ["../x"], below: "/tmp") }
        #expect(throws: SystemCallError.self) { try OpenFile(reading: [".."], below: "/tmp") }
    }

    @Test(arguments: ["files", "raw", "send"]) func impossibleNamesAreNotFound(_ route: String) async throws {
        try await self.withRoute { worker, _ async throws in
            for path in [
                String(repeating: "a", count: 300), "sub/" + String(repeating: "a", count: 5000),
                String(repeating: "a/", count: 3000) + "a",
            ] {
                #expect(try await worker.send(.get("/\(route)/\(path)")).status == 404)
                try await expectStillInStep(worker)
            }
        }
    }

    /// RoadRunner gets a path built from the parts, rather than the client's own.
    @Test func longPathsOfShortNamesAreSentByRoadRunner() async throws {
        try await self.withRoute { worker, folder async throws in
            let response = try await worker.send(.get("/send/\(String(repeating: "./", count: 3000))a+b"))
            #expect(response.status == 200)
            #expect(response.head["X-Sendfile"].first?.hasSuffix("/public/a+b") == true)
        }
    }

    @Test func withoutARootTheNameIsNotFoundEither() async throws {
        try await withHandler { request, context in
            try Response.file("/tmp/" + String(repeating: "a", count: 300)).response(from: request, context: context)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 404)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func filesThatMayNotBeReadAreForbidden() async throws {
        try await self.withRoute { worker, folder async throws in
            #expect(chmod("\(folder)/a+b", 0) == 0)
            #expect(try await worker.send(.get("/files/a+b")).status == 403)
            #expect(try await worker.send(.get("/ok")).text == "ok")
        }
    }

    @Test(
        arguments: [
            (ENOENT, .notFound), (ENOTDIR, .notFound), (ENAMETOOLONG, .notFound), (EINVAL, .notFound), (EILSEQ, .notFound),
            (ELOOP, .notFound), (ENXIO, .notFound), (EACCES, .forbidden), (EPERM, .forbidden), (EIO, nil), (EMFILE, nil),
        ] as [(CInt, HTTPResponse.Status?)])
    func errorsOfTheSystemHaveAResponse(_ code: CInt, _ status: HTTPResponse.Status?) {
        #expect(FileError(reading: "x", SystemCallError("open", errno: code)).status == status)
    }

    @Test func socketsAreNotFiles() async throws {
        try await self.withRoute { worker, folder async throws in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = Array("\(folder)/s".utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            #expect(isBound)
            #expect(try await worker.send(.get("/files/s")).status == 404)
        }
    }
}
