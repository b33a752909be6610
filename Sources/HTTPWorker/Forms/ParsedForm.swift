import NIOCore

/// Reads a form that RoadRunner has parsed: JSON whose leaves are strings, and another one whose leaves describe files.
///
/// Foundation is not used, since it merges names that Swift considers equal.
enum ParsedForm {
    static func read(fields: ByteBuffer, uploads: ByteBuffer, limits: FormLimits) throws(FormError) -> Form {
        let fields = try Self.fields(Self.value(fields, "the form"))
        let files = try Self.files(Self.value(uploads, "the uploaded files"), limits)
        let form = Form(fields: fields ?? .missing, files: files ?? .missing)
        try Self.check(form, limits)
        return form
    }

    /// - Returns: nil where RoadRunner sends nothing: an empty form is an empty body.
    private static func value(_ json: ByteBuffer, _ what: String) throws(FormError) -> ParsedFormJSON.Value? {
        guard json.readableBytes > 0 else { return nil }
        guard let value = ParsedFormJSON.read(Array(json.readableBytesView)), case .object(let entries) = value else {
            throw Self.unexpected(what)
        }
        return entries.isEmpty ? nil : value
    }

    private static func unexpected(_ what: String) -> FormError {
        FormError(.malformed, "RoadRunner's description of \(what) is malformed")
    }

    private static func fields(_ value: ParsedFormJSON.Value?) throws(FormError) -> FormTree<String>? {
        switch value {
        case nil: return nil
        case .string(let text): return .leaf(text)
        case .number: throw Self.unexpected("the form")
        case .array(let values):
            var elements: [FormTree<String>] = []
            for value in values { elements.append(try Self.fields(value) ?? .missing) }
            return .list(elements)
        case .object(let entries):
            var trees: [FormEntries<String>.Element] = []
            for (name, value) in entries { trees.append((name, try Self.fields(value) ?? .missing)) }
            return .object(FormEntries(trees))
        }
    }

    private static func files(_ value: ParsedFormJSON.Value?, _ limits: FormLimits) throws(FormError) -> FormTree<Upload>? {
        switch value {
        case nil: return nil
        case .string, .number: throw Self.unexpected("the uploaded files")
        case .array(let values):
            var elements: [FormTree<Upload>] = []
            for value in values { elements.append(try Self.files(value, limits) ?? .missing) }
            return .list(elements)
        case .object(let entries):
            if let upload = try Self.upload(entries, limits) { return .leaf(upload) }
            var trees: [FormEntries<Upload>.Element] = []
            for (name, value) in entries { trees.append((name, try Self.files(value, limits) ?? .missing)) }
            return .object(FormEntries(trees))
        }
    }

    /// - Returns: nil for entries whose names come from the form: all of them are files, lists or objects.
    private static func upload(
        _ entries: [(name: String, value: ParsedFormJSON.Value)], _ limits: FormLimits
    ) throws(FormError) -> Upload? {
        var (name, mime, path): (String?, String?, String?)
        var (size, number): (Int?, Int?)
        for entry in entries {
            switch (entry.name, entry.value) {
            case ("name", .string(let text)): name = text
            case ("mime", .string(let text)): mime = text
            case ("tmpName", .string(let text)): path = text
            case ("size", .number(let value)): size = value
            case ("error", .number(let value)): number = value
            case (_, .string), (_, .number), (_, .array), (_, .object): continue
            }
        }
        guard name != nil || mime != nil || path != nil || size != nil || number != nil else { return nil }
        guard let name, let mime, let path, let size, let number else { throw Self.unexpected("the uploaded files") }
        let error = UploadError.Code(number: number).map {
            UploadError($0, "RoadRunner did not keep the uploaded file \"\(name)\": \($0)")
        }
        let upload = Upload(name: name, mediaType: mime, size: max(0, size), error: error, path: path.isEmpty ? nil : path)
        return limits.forbiddenExtension(of: upload.name).map { Upload(refusing: upload, fileExtension: $0) } ?? upload
    }

    /// Applies the limits of the program to a form that RoadRunner has parsed. Parts that RoadRunner has dropped do not count.
    private static func check(_ form: Form, _ limits: FormLimits) throws(FormError) {
        let (fields, files) = (form.fields.leaves, form.files.leaves)
        guard fields.count + files.count <= limits.parts else { throw FormError.tooManyParts(limits.parts) }
        guard fields.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) <= limits.fieldBytes else {
            throw FormError.fieldsTooLong(limits.fieldBytes)
        }
        for (field, upload) in files where upload.size > limits.fileBytes {
            throw FormError.fileTooLong(field, limits.fileBytes)
        }
    }
}
