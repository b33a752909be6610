import Hummingbird
import NIOCore
import RoadRunnerRuntime

/// Reads a multipart form: fields into memory, files into temporary files.
struct MultipartForm {
    private let limits: FormLimits
    private var parser: MultipartParser
    private var fields = FormCollector<String>()
    private var files = FormCollector<Upload>()
    private var part = Part.none
    private var encoding: QuotedPrintable?
    private var partCount = 0
    private var fieldBytes = 0
    private var bodyBytes = 0

    private enum Part {
        case none
        /// A part without a name, which is read and dropped, as in Go.
        case nameless
        case field(name: [UInt8], [UInt8])
        case file(FilePart)
    }

    init(boundary: [UInt8], limits: FormLimits) {
        self.limits = limits
        self.parser = MultipartParser(boundary: boundary, maximumHeaderBytes: limits.partHeaderBytes)
    }

    static func read(_ body: RequestBody, boundary: [UInt8], limits: FormLimits) async throws -> Form {
        var form = MultipartForm(boundary: boundary, limits: limits)
        for try await chunk in body {
            try form.count(chunk)
            form.parser.feed(chunk)
            while let event = try form.parser.next() { try await form.handle(event) }
        }
        try form.parser.finish()
        return Form(fields: try form.fields.tree(), files: try form.files.tree())
    }

    private mutating func count(_ chunk: ByteBuffer) throws(FormError) {
        self.bodyBytes += chunk.readableBytes
        guard self.bodyBytes <= self.limits.bodyBytes else { throw FormError.bodyTooLong(self.limits.bodyBytes) }
    }

    private mutating func handle(_ event: MultipartParser.Event) async throws {
        switch event {
        case .part(let headers): try self.begin(PartHead(headers))
        case .data(let bytes):
            if case .nameless = self.part { return }
            try await self.append(try self.encoding?.decode(bytes) ?? bytes)
        case .partEnd:
            if let rest = try self.encoding?.finish() { try await self.append(rest) }
            self.endPart()
        case .end: return
        }
    }

    private mutating func begin(_ head: PartHead) throws(FormError) {
        self.partCount += 1
        guard self.partCount <= self.limits.parts else { throw FormError.tooManyParts(self.limits.parts) }
        self.encoding = nil
        guard !head.name.isEmpty else {
            self.part = .nameless
            return
        }
        if head.isQuotedPrintable { self.encoding = QuotedPrintable() }
        try self.countField(head.name.count)
        if head.fileName.isEmpty {
            self.part = .field(name: head.name, [])
        } else {
            self.part = .file(FilePart(head, self.limits))
        }
    }

    private mutating func countField(_ bytes: Int) throws(FormError) {
        self.fieldBytes += bytes
        guard self.fieldBytes <= self.limits.fieldBytes else { throw FormError.fieldsTooLong(self.limits.fieldBytes) }
    }

    private mutating func append(_ bytes: ByteBuffer) async throws {
        switch self.part {
        case .none, .nameless: return
        case .field(let name, var value):
            try self.countField(bytes.readableBytes)
            self.part = .none
            value += bytes.readableBytesView
            self.part = .field(name: name, value)
        case .file(var file):
            guard file.size + bytes.readableBytes <= self.limits.fileBytes else {
                throw FormError.fileTooLong(String(replacingInvalidBytesOf: file.field), self.limits.fileBytes)
            }
            await file.append(bytes)
            self.part = .file(file)
        }
    }

    private mutating func endPart() {
        switch self.part {
        case .none, .nameless: break
        case .field(let name, let value): self.fields.add(String(replacingInvalidBytesOf: value), named: name)
        case .file(var file): self.files.add(file.finish(), named: file.field)
        }
        self.part = .none
    }
}

/// The header lines of a part. The first line of each name counts.
private struct PartHead {
    /// The field's name; empty if it is missing, or the line is malformed.
    private(set) var name: [UInt8] = []
    /// The file's name; empty for a field.
    private(set) var fileName: [UInt8] = []
    let mediaType: String
    let isQuotedPrintable: Bool

    init(_ headers: [PartHeader]) {
        func value(_ name: String) -> [UInt8] {
            headers.first { String(decoding: $0.name, as: UTF8.self).hasBytesIgnoringCase(of: name) }?.value ?? []
        }
        if let disposition = MediaTypeHeader(value("content-disposition")), disposition.value.hasBytes(of: "form-data") {
            self.name = disposition.parameters?["name"] ?? []
            self.fileName = disposition.parameters?["filename"] ?? []
        }
        self.mediaType = String(replacingInvalidBytesOf: value("content-type"))
        self.isQuotedPrintable = String(decoding: value("content-transfer-encoding"), as: UTF8.self)
            .hasBytesIgnoringCase(of: "quoted-printable")
    }
}

/// A file while it is written to disk.
private struct FilePart {
    let field: [UInt8]
    private let fileName: String
    private let mediaType: String
    private(set) var size = 0
    private var file: TemporaryFile?
    private var handle: OpenFile?
    private var error: UploadError?

    init(_ head: PartHead, _ limits: FormLimits) {
        self.field = head.name
        self.fileName = String(replacingInvalidBytesOf: head.fileName)
        self.mediaType = head.mediaType
        if let forbidden = limits.forbiddenExtension(of: Upload.sanitized(self.fileName)) {
            self.error = UploadError(forbiddenExtension: forbidden)
            return
        }
        var path = ""
        do {
            self.handle = try OpenFile(creatingIn: limits.temporaryFolder ?? SystemFolder.temporary, path: &path)
            self.file = TemporaryFile(path: path)
        } catch {
            self.error = UploadError(.noTemporaryFolder, "cannot create a temporary file for an uploaded file: \(error)")
        }
    }

    mutating func append(_ bytes: ByteBuffer) async {
        guard let handle, self.error == nil else { return }
        do {
            try await BlockingWork.run { try handle.append(bytes) }
            self.size += bytes.readableBytes
        } catch {
            self.error = UploadError(.cannotWrite, "cannot write an uploaded file: \(error)")
            self.size = 0
            self.file = nil
        }
    }

    mutating func finish() -> Upload {
        self.handle = nil
        return Upload(
            name: self.fileName, mediaType: self.mediaType, size: self.size, error: self.error, path: self.file?.path,
            file: self.file)
    }
}
