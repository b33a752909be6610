import Crypto
import Hummingbird
import RoadRunner

/// The contents of a form, parsed by RoadRunner or by the worker.
enum Uploads {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.post("upload") { request, context in
            let form = try await request.form(context: context)
            var files: [File] = []
            for (field, upload) in form.uploads { files.append(try await File(field, upload)) }
            return Answer(fields: form.fields, files: files)
        }
    }

    private struct Answer: ResponseEncodable {
        let fields: FormTree<String>
        let files: [File]
    }

    private struct File: Encodable {
        let field: String
        let name: String
        let type: String
        let size: Int
        let sha256: String?
        let error: String?

        init(_ field: String, _ upload: Upload) async throws {
            self.field = field
            self.name = upload.name
            self.type = upload.mediaType
            self.size = upload.size
            self.error = upload.error?.code.description
            guard upload.error == nil else {
                self.sha256 = nil
                return
            }
            // Chunk by chunk: the file need not fit in memory.
            var hash = SHA256()
            for try await chunk in try upload.chunks { chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
            self.sha256 = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        private enum CodingKeys: String, CodingKey { case field, name, type, size, sha256, error }

        /// Encodes null for missing values.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(self.field, forKey: .field)
            try container.encode(self.name, forKey: .name)
            try container.encode(self.type, forKey: .type)
            try container.encode(self.size, forKey: .size)
            try container.encode(self.sha256, forKey: .sha256)
            try container.encode(self.error, forKey: .error)
        }
    }
}
