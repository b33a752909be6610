import NIOCore

/// A form as RoadRunner parses it before a worker gets the request.
struct ParsedForm: Sendable {
    /// The fields as JSON; empty for a form without fields.
    let fields: ByteBuffer
    let files: FormNesting<UploadedFile>
    let isMultipart: Bool

    /// Parses a URL-encoded form.
    init(fields: [(name: [UInt8], value: [UInt8])]) throws(TestWorkerError) {
        self.fields = try Self.json(fields)
        self.files = FormNesting()
        self.isMultipart = false
    }

    init(parts: [TestRequest.Body.Part]) throws(TestWorkerError) {
        var fields: [(name: [UInt8], value: [UInt8])] = []
        var files: [(name: [UInt8], value: UploadedFile)] = []
        for part in parts {
            let name = Array(part.writtenName.utf8)
            switch part.content {
            case .field(let value): fields.append((name, Array(value.utf8)))
            // Go takes a file without a name for a field.
            case .file(let file) where file.name.isEmpty: fields.append((name, Array(file.content.readableBytesView)))
            case .file(let file): files.append((name, file))
            }
        }
        self.fields = try Self.json(fields)
        // Of fields with one name the last one counts, of files the first one.
        self.files = try FormNesting(files) { $0.first }
        self.isMultipart = true
    }

    private static func json(_ fields: [(name: [UInt8], value: [UInt8])]) throws(TestWorkerError) -> ByteBuffer {
        let tree = try FormNesting(fields) { $0.last }
        return tree.isEmpty ? ByteBuffer() : ByteBuffer(bytes: tree.json(GoJSON.string))
    }
}
