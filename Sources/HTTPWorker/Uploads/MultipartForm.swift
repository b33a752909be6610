import Goridge
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
    private var partCount = 0
    private var fieldBytes = 0
    private var bodyBytes = 0

    private enum Part {
        case none
        /// What has no name is read and dropped, as Go does it.
        case nameless
        case field(name: String, [UInt8])
        case file(FilePart)
    }

    init(boundary: String, limits: FormLimits) {
        self.limits = limits
        self.parser = MultipartParser(boundary: boundary, maximumHeaderBytes: limits.partHeaderBytes)
    }

    static func read(_ body: RequestBody, boundary: String, limits: FormLimits) async throws -> Form {
        var form = MultipartForm(boundary: boundary, limits: limits)
        for try await chunk in body {
            try form.count(chunk)
            form.parser.feed(chunk)
            while let event = try form.parser.next() { try await form.handle(event) }
        }
        try form.parser.checkComplete()
        return Form(fields: try form.fields.tree(.lastWins), files: try form.files.tree(.firstWins))
    }

    private mutating func count(_ chunk: ByteBuffer) throws(FormError) {
        self.bodyBytes += chunk.readableBytes
        guard self.bodyBytes <= self.limits.bodyBytes else {
            throw FormError(.tooLarge, "the form is longer than \(self.limits.bodyBytes) bytes")
        }
    }

    private mutating func handle(_ event: MultipartParser.Event) async throws {
        switch event {
        case .part(let lines): try self.begin(PartHead(lines))
        case .data(let bytes): try await self.append(bytes)
        case .partEnd: self.endPart()
        case .end: return
        }
    }

    private mutating func begin(_ head: PartHead) throws(FormError) {
        self.partCount += 1
        guard self.partCount <= self.limits.parts else {
            throw FormError(.tooLarge, "the form has more than \(self.limits.parts) fields and files")
        }
        guard let name = head.name, !name.isEmpty else {
            self.part = .nameless
            return
        }
        try self.countField(name.utf8.count)
        if let fileName = head.fileName, !fileName.isEmpty {
            self.part = .file(FilePart(field: name, fileName: fileName, mediaType: head.mediaType, self.limits))
        } else {
            self.part = .field(name: name, [])
        }
    }

    private mutating func countField(_ bytes: Int) throws(FormError) {
        self.fieldBytes += bytes
        guard self.fieldBytes <= self.limits.fieldBytes else {
            throw FormError(.tooLarge, "the fields of the form are longer than \(self.limits.fieldBytes) bytes in all")
        }
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
                throw FormError(
                    .tooLarge, "the file in the field \"\(file.field)\" is longer than \(self.limits.fileBytes) bytes")
            }
            await file.append(bytes)
            self.part = .file(file)
        }
    }

    private mutating func endPart() {
        switch self.part {
        case .none, .nameless: break
        case .field(let name, let value): self.fields.add(String(decoding: value, as: UTF8.self), named: name)
        case .file(var file): self.files.add(file.finish(), named: file.field)
        }
        self.part = .none
    }
}

/// What the header lines of a part say.
private struct PartHead {
    private(set) var name: String?
    private(set) var fileName: String?
    private(set) var mediaType = ""

    init(_ lines: [Substring]) {
        for line in lines {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = Substring(line.utf8[colon...].dropFirst())
            switch line[..<colon].asciiLowercased {
            case "content-disposition":
                let disposition = HeaderParameters(value)
                guard disposition.value == "form-data" else { continue }
                self.name = disposition["name"]
                self.fileName = disposition["filename"]
            case "content-type":
                var scanner = HeaderScanner(value)
                self.mediaType = scanner.readUntil("\r")
            default: continue
            }
        }
    }
}

/// A file on its way to the disk.
private struct FilePart {
    let field: String
    private let fileName: String
    private let mediaType: String
    private(set) var size = 0
    private var file: TemporaryFile?
    private var handle: OpenFile?
    private var error: UploadError?

    init(field: String, fileName: String, mediaType: String, _ limits: FormLimits) {
        self.field = field
        self.fileName = fileName
        self.mediaType = mediaType
        if let dot = fileName.utf8.lastIndex(of: UInt8(ascii: ".")) {
            let suffix = Substring(fileName.utf8[dot...].dropFirst())
            if limits.forbiddenExtensions.contains(suffix.lowercased()) {
                self.error = UploadError(.extensionForbidden, "files with the extension \"\(suffix)\" are not accepted")
                return
            }
        }
        var path = ""
        do {
            self.handle = try OpenFile(creatingIn: limits.temporaryFolder ?? SystemFolder.temporary, path: &path)
            self.file = TemporaryFile(path: path)
        } catch {
            self.error = UploadError(.noTemporaryFolder, "no temporary file can be made for an uploaded file: \(error)")
        }
    }

    mutating func append(_ bytes: ByteBuffer) async {
        guard let handle, self.error == nil else { return }
        do {
            try await BlockingWork.run { try handle.append(bytes) }
            self.size += bytes.readableBytes
        } catch {
            self.error = UploadError(.cannotWrite, "an uploaded file cannot be written: \(error)")
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
