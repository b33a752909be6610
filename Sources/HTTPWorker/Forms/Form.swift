public import Hummingbird

/// The form that came with a request: URL-encoded or multipart, parsed by RoadRunner or here, with the same result.
///
/// ```swift
/// let form = try await request.form(context: context)
/// let name = form["user"]["name"].value ?? ""
/// for (field, upload) in form.uploads { try await upload.move(to: "var/\(UUID())") }
/// ```
///
/// Names nest as RoadRunner's `http` plugin nests them, in both modes, which is nearly what PHP does, while Go's own `Form` is flat:
///
/// | the names | the tree |
/// | --- | --- |
/// | `a=1&a=2` | a value, the last one (PHP: the same, Go: both). Of files it is the first |
/// | `a[]=1&a[]=2` | a list |
/// | `a[x]=1`, `a[2]=1` | entries. An index that is written down is a name as well; ``FormTree/elements`` has such entries in order |
/// | `a[][x]=1` | an entry with an empty name, with entries: give rows numbers, `a[0][x]=1` (PHP makes a new row of each) |
/// | `a=1&a[x]=2` | 400: an entry is either a value or has entries (PHP takes the last one) |
/// | `a=&a[x]=2` | the empty value gives way, in whatever order they come |
/// | `a.b`, `a b` | `a.b`, but `ab`: only spaces are left out (PHP writes `_` for both) |
/// | `a[x` | `a` with the entry `x` (PHP: `a_x`) |
///
/// Names are bytes: two ways to write an `é` are two names. A name of more than 127 parts is dropped. Bytes that are not UTF-8 are
/// U+FFFD, one for each.
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
    /// A field of the type is looked up by its coding key; nested types have entries (`address[city]`). What HTML sends is what is read:
    ///
    /// | the type | what is read |
    /// | --- | --- |
    /// | `Bool` | `on`, `true`, `yes`, `1`, or `off`, `false`, `no`, `0`, or nothing. A field that is not there is false: browsers leave out check boxes that are not checked |
    /// | whole numbers | `7`, ` 7 `, `-7`, also `7.0` and `7e3`, as `<input type="number">` allows; what does not fit is refused |
    /// | `Double`, `Float`, `Decimal` | decimal numbers, with an exponent perhaps; what is not finite is refused |
    /// | `Date` | `2026-11-25`, `2026-11-25T10:00` (`datetime-local`, seconds and a zone perhaps), `2026-11`, `2026-W48`, and `10:00` on 1 January 1970: in UTC, as the browser's own `valueAsDate` is |
    /// | `DateComponents` | the same as what was written, without a time zone unless there is one |
    /// | `URL`, `UUID`, enumerations | their texts; a colour is a `String` |
    /// | lists | `a[]`, or `a[0]`, `a[1]`, … in the numbers' order, fields and files of one number being one element; also a single value. Without a field it is empty |
    /// | nested types, dictionaries | entries. Without any, what has defaults has them: `false`, nil, empty lists |
    /// | optionals | nil without the field, and, unless it is a `String`, where the text is empty |
    /// | ``Upload`` | the file; nil, or left out of a list, where no file was chosen |
    ///
    /// - Throws: ``FormError`` that names the field; what an `init(from:)` of the program throws.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do {
            return try FormDecoder(FormNode(fields: self.fields, files: self.files), []).decodeValue(type)
        } catch let error as DecodingError {
            throw FormError(error)
        }
    }

    init(fields: FormTree<String>, files: FormTree<Upload> = .missing) {
        self.fields = fields
        self.files = files
    }
}

extension Request {
    /// The form in the request's body.
    ///
    /// RoadRunner parses forms unless `http.raw_body` is true: URL-encoded ones of `POST`, `PUT` and `PATCH`, and multipart ones of all
    /// methods but `HEAD` and `OPTIONS`. It drops URL-encoded forms of other methods, and so it is alone. With `http.raw_body` they are
    /// parsed here, whatever the method. Files are written to temporary files as they come. Asking again gives the same form, where
    /// the context conforms to ``RoadRunnerRequestContext``; with other contexts a form can be read once, and only where RoadRunner
    /// has not parsed it.
    ///
    /// - Throws: ``FormError``, which knows its response.
    public func form(context: some RequestContext, limits: FormLimits = FormLimits()) async throws -> Form {
        guard let info = (context as? any RoadRunnerRequestContext)?.info else {
            return try await FormReader(request: self, limits: limits, server: .roadRunner).read()
        }
        if let form = info.withState({ $0.form }) { return form }
        let reader = FormReader(request: self, limits: limits, server: info.server)
        let form =
            if let parsed = info.parsedForm {
                try reader.read(parsed: parsed, uploads: info.uploads)
            } else {
                try await reader.read()
            }
        // It keeps the temporary files as well, until the request has ended.
        info.withState { $0.form = form }
        return form
    }

    /// Whether the body is a form, by its `Content-Type`.
    public var hasForm: Bool { FormType(self) != nil }
}
