import Foundation
import RoadRunnerTesting
import Testing

@testable import FilesAndUploads

@Suite(.timeLimit(.minutes(1))) struct FilesAndUploadsTests {
    private struct Picture: Decodable {
        let title: String
        let address: String
    }

    private func withAlbum(_ body: (TestWorker) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "album-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestWorker.with(kernel: FilesAndUploads.self, environment: ["ALBUM_FOLDER": folder.path()], body)
    }

    /// RoadRunner or the worker parses the form.
    @Test(arguments: [false, true]) func uploadsAreServed(rawBody: Bool) async throws {
        try await self.withAlbum { worker async throws in
            let image = ByteBuffer(bytes: [0x89, 0x50, 0x4E, 0x47])
            let form = try TestRequest.Body.multipart(
                [.field("title", "A dot"), .file("image", filename: "../dot.png", content: image)], rawBody: rawBody)
            let picture = try await worker.send(.post("/pictures", body: form)).decode(as: Picture.self)
            #expect(picture.title == "A dot")
            #expect(try await worker.send(.get(picture.address)).body == image)
            let part = try await worker.send(.get(picture.address, headers: [.range: "bytes=1-2"]))
            #expect(part.status == .partialContent)
            #expect(part.text == "PN")
        }
    }

    @Test func aMissingFileIsAClientError() async throws {
        try await self.withAlbum { worker async throws in
            #expect(try await worker.send(.post("/pictures", body: .form(["title": "Nothing"]))).status == .badRequest)
        }
    }

    @Test func noPathLeavesTheFolder() async throws {
        try await self.withAlbum { worker async throws in
            #expect(try await worker.send(.get("/pictures/%2e%2e/%2e%2e/etc/passwd")).status == .notFound)
        }
    }
}
