import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a form from the body's bytes, or from RoadRunner's result of parsing them.
struct FormReader {
    let request: Request
    let limits: FormLimits
    let server: ServerKind

    func read(parsed: ByteBuffer, uploads: ByteBuffer) throws(FormError) -> Form {
        // RoadRunner looks for the type anywhere in the line, and makes an empty form of other types.
        if self.request.headers[.contentType] != nil { _ = try self.type() }
        return try ParsedForm.read(fields: parsed, uploads: uploads, limits: self.limits)
    }

    func read() async throws -> Form {
        let type = try self.type()
        if self.standsInForRoadRunner { try self.checkQuery() }
        switch type.kind {
        case .urlEncoded:
            if self.standsInForRoadRunner, ![.post, .put, .patch].contains(self.request.method) {
                return Form(fields: .missing)
            }
            guard type.parameters != nil else { throw Self.malformedType }
            return try await self.readURLEncoded()
        case .multipart:
            guard let boundary = type.parameters?["boundary"], !boundary.isEmpty else { throw Self.malformedType }
            var limits = self.limits
            if self.standsInForRoadRunner { limits.parts = min(limits.parts, Self.maximumPartsOfRoadRunner) }
            return try await MultipartForm.read(self.body, boundary: boundary, limits: limits)
        }
    }

    private func type() throws(FormError) -> FormType {
        if let type = FormType(self.request) { return type }
        let text = self.request.headers[.contentType].map { "\"\($0.beginning(100))\"" } ?? "missing"
        throw FormError(
            .notAForm,
            "the body is not a form: its Content-Type is \(text), not application/x-www-form-urlencoded or multipart/form-data")
    }

    private static var malformedType: FormError {
        FormError(.malformed, "the Content-Type of the form is malformed, or lacks the boundary of a multipart form")
    }

    // MARK: Rules of RoadRunner

    /// The limit of Go for multipart forms. (For URL-encoded ones it is 10,000 fields, as in ``FormLimits`` by default.)
    private static let maximumPartsOfRoadRunner = 1000
    private static let maximumFieldsOfRoadRunner = 10_000

    /// Whether RoadRunner would have parsed this: the standalone runtime drops and refuses the same forms as RoadRunner.
    private var standsInForRoadRunner: Bool {
        guard self.server == .standalone, !self.isWithoutBody else { return false }
        let line = Array((self.request.headers[values: .contentType].first ?? "").utf8)
        return ["application/x-www-form-urlencoded", "multipart/form-data"].contains { line.contains($0.utf8) }
    }

    /// RoadRunner ignores the bodies of these methods.
    private var isWithoutBody: Bool {
        self.server == .standalone && [.head, .options].contains(self.request.method)
    }

    private var body: RequestBody { self.isWithoutBody ? RequestBody(buffer: ByteBuffer()) : self.request.body }

    /// Go parses the query together with a form, and refuses the request if it is malformed.
    private func checkQuery() throws {
        guard let path = self.request.head.path, let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
        let query = Array(path.utf8[mark...].dropFirst())
        try query.withUnsafeBytes { bytes in
            try URLEncodedForm.forEachPair(of: bytes, upTo: Self.maximumFieldsOfRoadRunner, "the query") { _, _ in }
        }
    }

    // MARK: Bytes

    private func readURLEncoded() async throws -> Form {
        var body = ByteBuffer()
        let maximum = min(self.limits.bodyBytes, self.maximumEncodedBytes)
        for try await chunk in self.body {
            guard body.readableBytes + chunk.readableBytes <= maximum else { throw FormError.bodyTooLong(maximum) }
            body.writeImmutableBuffer(chunk)
        }
        let limits = self.limits
        return Form(fields: try body.withUnsafeReadableBytes { try URLEncodedForm.parse($0, limits: limits) })
    }

    /// Each byte may take three bytes when encoded, and each field has two separators.
    private var maximumEncodedBytes: Int {
        let (fields, overflow) = self.limits.fieldBytes.multipliedReportingOverflow(by: 3)
        let (separators, second) = self.limits.parts.multipliedReportingOverflow(by: 2)
        let (sum, third) = fields.addingReportingOverflow(separators)
        return overflow || second || third ? .max : sum
    }
}
