import RoadRunner

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An album: pictures are uploaded by a form, and served as files.
@main
struct FilesAndUploads: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)

    private struct NewPicture: Decodable {
        let title: String
        /// Nil if no file was chosen.
        let image: Upload?
    }

    private struct Picture: ResponseCodable {
        let title: String
        let address: String
        let bytes: Int
    }

    init(_ boot: BootContext) async throws {
        let folder = boot.configuration.string(forKey: "album.folder") ?? "var/album"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)

        router.get("/") { _, _ in Page() }
        router.post("pictures") { request, context in
            // A multipart form, parsed by RoadRunner or by the worker, as one value.
            let picture = try await request.decode(as: NewPicture.self, context: context)
            guard let image = picture.image else { throw HTTPError(.badRequest, message: "choose a file") }
            // The client's name for the file cannot be trusted.
            let name = "\(UUID())"
            // RoadRunner removes its temporary file after the response.
            try await image.move(to: "\(folder)/\(name)")
            return Picture(title: picture.title, address: "/pictures/\(name)", bytes: image.size)
        }
        router.get("pictures/**") { _, context in
            // With ranges and conditional requests; no path leads out of the folder.
            Response.file(try context.parameters.getCatchAllPath(), in: folder)
        }
    }

    var workers: some Workers { HTTP(router) }
}

/// The form.
private struct Page: ResponseGenerator {
    func response(from request: Request, context: some RequestContext) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(
                byteBuffer: ByteBuffer(
                    string: """
                        <!doctype html>
                        <title>Album</title>
                        <form action="/pictures" method="post" enctype="multipart/form-data">
                        <input name="title" placeholder="A title"> <input name="image" type="file"> <button>Upload</button>
                        </form>

                        """)))
    }
}
