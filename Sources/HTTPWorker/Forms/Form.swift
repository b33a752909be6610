public import Hummingbird

/// The form in a request: URL-encoded or multipart, parsed by RoadRunner or by this package, with the same result.
///
/// ```swift
/// let form = try await request.form(context: context)
/// let name = form["user"]["name"].value ?? ""
/// for (field, upload) in form.uploads { try await upload.move(to: "var/\(UUID())") }
/// ```
///
/// Names nest as RoadRunner's `http` plugin nests them, in both modes, which is nearly the same as in PHP, while Go's own `Form`
/// is flat:
///
/// | the names | the tree |
/// | --- | --- |
/// | `a=1&a=2` | a value, the last one (PHP: the same, Go: both); of several files it is the first |
/// | `a[]=1&a[]=2` | a list |
/// | `a[x]=1`, `a[2]=1` | entries. An explicit index is a name as well; ``FormTree/elements`` has such entries in order |
/// | `a[][x]=1` | an entry with an empty name, with entries: number the rows, `a[0][x]=1` (PHP creates a new row for each) |
/// | `a=1&a[x]=2` | 400: an entry is either a value or has entries (PHP takes the last one) |
/// | `a=&a[x]=2` | the empty value is dropped, whatever the order |
/// | `a.b`, `a b` | `a.b`, but `ab`: only spaces are removed (PHP writes `_` for both) |
/// | `a[x` | `a` with the entry `x` (PHP: `a_x`) |
///
/// Names are bytes: two spellings of an `é` are two names. A name of more than 127 parts is dropped. Each byte that is not UTF-8
/// becomes one U+FFFD.
public struct Form: Sendable {
    /// The fields, nested by their names.
    public let fields: FormTree<String>
    /// The files of a multipart form, nested by their names. A field and a file may have the same name.
    public let files: FormTree<Upload>

    /// Returns an entry of ``fields``.
    public subscript(name: String) -> FormTree<String> { self.fields[name] }

    /// All files, with the names of their fields.
    public var uploads: [(field: String, upload: Upload)] {
        self.files.leaves.map { (field: $0.name, upload: $0.value) }
    }

    /// Decodes the fields, and the files for properties of the type ``Upload``, as one value.
    ///
    /// A property is looked up by its coding key; nested types have entries (`address[city]`). Values are read as HTML sends
    /// them:
    ///
    /// | type | accepted values |
    /// | --- | --- |
    /// | `Bool` | `on`, `true`, `yes`, `1`, or `off`, `false`, `no`, `0`, or nothing. A missing field is false: browsers leave out check boxes that are not checked |
    /// | whole numbers | `7`, ` 7 `, `-7`, also `7.0` and `7e3`, as `<input type="number">` allows; values out of range are refused |
    /// | `Double`, `Float`, `Decimal` | decimal numbers, optionally with an exponent; infinities are refused |
    /// | `Date` | `2026-11-25`, `2026-11-25T10:00` (`datetime-local`, optionally with seconds and a zone), `2026-11`, `2026-W48`, and `10:00` on 1 January 1970: in UTC, like the browser's own `valueAsDate` |
    /// | `DateComponents` | the same, with only the components that are written, and a time zone only if there is one |
    /// | `URL`, `UUID`, enumerations | their strings; a colour is a `String` |
    /// | lists | `a[]`, or `a[0]`, `a[1]`, … in the order of the numbers, fields and files of one number being one element; also a single value. Without a field it is empty |
    /// | nested types, dictionaries | entries. Without any, properties get their default values: `false`, nil, empty lists |
    /// | optionals | nil without the field, and, unless it is a `String`, for an empty value |
    /// | ``Upload`` | the file; nil, or left out of a list, if no file was chosen |
    ///
    /// - Throws: ``FormError`` with the name of the field; errors of the program's own `init(from:)`.
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
    /// Returns the form in the request's body.
    ///
    /// RoadRunner parses forms unless `http.raw_body` is true: URL-encoded ones of `POST`, `PUT` and `PATCH`, and multipart ones
    /// of all methods but `HEAD` and `OPTIONS`. It drops URL-encoded forms of other methods, and the standalone runtime does the
    /// same. With `http.raw_body` this package parses them, whatever the method. Files are written to temporary files as they
    /// arrive. Further calls return the same form if the context conforms to ``RoadRunnerRequestContext``; with other contexts a
    /// form can be read once, and only if RoadRunner has not parsed it.
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
        // The request keeps the temporary files as well, until it has ended.
        info.withState { $0.form = form }
        return form
    }

    /// Whether the body is a form, according to its `Content-Type`.
    public var hasForm: Bool { FormType(self) != nil }
}
