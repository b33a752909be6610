public import Hummingbird
import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The form that came with a request: URL-encoded or multipart, parsed by RoadRunner or here, with the same result.
///
/// ```swift
/// let form = try await request.form(context: context)
/// let name = form["user"]["name"].value ?? ""
/// for (field, upload) in form.uploads { try await upload.move(to: "var/\(UUID())") }
/// ```
public struct Form: Sendable {
    /// The fields, nested by their names.
    public let fields: FormTree<String>
    /// The files of a multipart form, nested by their names. A field and a file may have the same name.
    public let files: FormTree<Upload>

    /// An entry of ``fields``.
    public subscript(name: String) -> FormTree<String> { self.fields[name] }

    /// All files, with the names of their fields.
    public var uploads: [(field: String, upload: Upload)] {
        self.files.leaves.map { (field: $0.name, upload: $0.value) }
    }

    /// The fields, and the files in places of the type ``Upload``, as one value.
    ///
    /// Numbers, booleans (`on`, `true`, `yes` and `1`, and their opposites), dates (ISO 8601, or `2026-11-25`), URLs and UUIDs are
    /// read from their texts; an optional that is not a text is nil where the text is empty.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try FormDecoder(FormNode(fields: self.fields, files: self.files), []).decodeValue(type)
    }

    init(fields: FormTree<String>, files: FormTree<Upload> = .missing) {
        self.fields = fields
        self.files = files
    }
}

extension Request {
    /// The form in the request's body.
    ///
    /// RoadRunner parses forms of `POST`, `PUT` and `PATCH` unless `http.raw_body` is true, and drops those of other methods; all
    /// else is parsed here, files being written to temporary files as they come. Asking again gives the same form, where the
    /// context conforms to ``RoadRunnerRequestContext``; with other contexts a form can be read once, and only where RoadRunner
    /// has not parsed it.
    ///
    /// - Throws: ``FormError``, which knows its response.
    public func form(context: some RequestContext, limits: FormLimits = FormLimits()) async throws -> Form {
        guard let info = (context as? any RoadRunnerRequestContext)?.info else {
            return try await FormReader(request: self, limits: limits).read()
        }
        if let form = info.withState({ $0.form }) { return form }
        let form =
            if let parsed = info.parsedForm {
                try ParsedForm.read(fields: parsed, uploads: info.uploads)
            } else {
                try await FormReader(request: self, limits: limits).read()
            }
        // It keeps the temporary files as well, until the request has ended.
        info.withState { $0.form = form }
        return form
    }

    /// Whether the body is a form, by its `Content-Type`.
    public var hasForm: Bool { FormType(self.headers[.contentType]) != nil }
}

/// What kind of form a `Content-Type` speaks of.
enum FormType {
    case urlEncoded
    case multipart(boundary: String)

    init?(_ contentType: String?) {
        guard let contentType else { return nil }
        let parameters = HeaderParameters(contentType)
        switch parameters.value {
        case "application/x-www-form-urlencoded": self = .urlEncoded
        case "multipart/form-data": self = .multipart(boundary: parameters["boundary"] ?? "")
        default: return nil
        }
    }
}

/// Reads a form from the body's bytes.
private struct FormReader {
    let request: Request
    let limits: FormLimits

    func read() async throws -> Form {
        switch FormType(self.request.headers[.contentType]) {
        case .urlEncoded: return try await self.readURLEncoded()
        case .multipart(let boundary): return try await self.readMultipart(boundary)
        case nil:
            let type = self.request.headers[.contentType].map { "\"\($0.beginning(100))\"" } ?? "missing"
            throw FormError(
                .notAForm,
                "the body is no form: its Content-Type is \(type), not application/x-www-form-urlencoded or multipart/form-data")
        }
    }

    private func readURLEncoded() async throws -> Form {
        var body = ByteBuffer()
        for try await chunk in self.request.body {
            guard body.readableBytes + chunk.readableBytes <= min(self.limits.fieldBytes, self.limits.bodyBytes) else {
                throw FormError(.tooLarge, "the form is longer than \(self.limits.fieldBytes) bytes")
            }
            body.writeImmutableBuffer(chunk)
        }
        let limits = self.limits
        return Form(fields: try body.withUnsafeReadableBytes { try URLEncodedForm.parse($0, limits: limits) })
    }

    private func readMultipart(_ boundary: String) async throws -> Form {
        guard (1...200).contains(boundary.utf8.count), !boundary.utf8.contains(where: { $0 < 0x20 }) else {
            throw FormError(.malformed, "the Content-Type of the multipart form has no boundary, or one that cannot be")
        }
        return try await MultipartForm.read(self.request.body, boundary: boundary, limits: self.limits)
    }
}

/// Reads what RoadRunner made of a form.
enum ParsedForm {
    private struct File: Decodable {
        let name: String
        let mime: String
        let size: Int
        let error: Int
        let tmpName: String

        var upload: Upload {
            let error = UploadError.Code(number: self.error).map {
                UploadError($0, "RoadRunner did not keep the uploaded file \"\(self.name)\": \($0)")
            }
            return Upload(
                name: self.name, mediaType: self.mime, size: max(0, self.size), error: error,
                path: self.tmpName.isEmpty ? nil : self.tmpName)
        }
    }

    static func read(fields: ByteBuffer, uploads: ByteBuffer) throws(FormError) -> Form {
        let files: FormTree<File> = try Self.decode(uploads, "the uploaded files")
        return Form(fields: try Self.decode(fields, "the form"), files: files.map(\.upload))
    }

    private static func decode<Leaf: Decodable & Sendable>(_ json: ByteBuffer, _ what: String) throws(FormError) -> FormTree<Leaf>
    {
        // An empty form is an empty body.
        guard json.readableBytes > 0 else { return .missing }
        do {
            return try JSONDecoder().decode(FormTree<Leaf>.self, from: Data(json.readableBytesView))
        } catch {
            throw FormError(
                .malformed, "RoadRunner's description of \(what) is not what it should be: \(error)", underlying: error)
        }
    }
}

extension FormTree {
    func map<Other>(_ transform: (Leaf) -> Other) -> FormTree<Other> {
        switch self {
        case .missing: .missing
        case .leaf(let value): .leaf(transform(value))
        case .list(let elements): .list(elements.map { $0.map(transform) })
        case .object(let entries): .object(entries.mapValues { $0.map(transform) })
        }
    }
}
