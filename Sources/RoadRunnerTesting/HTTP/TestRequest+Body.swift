public import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TestRequest {
    /// The body of a request as a client sends it, with its `Content-Type`.
    ///
    /// Forms reach the worker as RoadRunner passes them on: parsed, as a tree of fields and files in temporary files, or, with
    /// `rawBody`, as the client's bytes. For a real application RoadRunner's option `http.raw_body` decides that.
    public struct Body: Sendable, ExpressibleByStringInterpolation {
        let bytes: ByteBuffer
        let contentType: String?
        /// The body as RoadRunner parsed it.
        let form: ParsedForm?

        private init(bytes: ByteBuffer, contentType: String?, form: ParsedForm? = nil) {
            self.bytes = bytes
            self.contentType = contentType
            self.form = form
        }

        /// Creates an empty body.
        public init() { self.init(bytes: ByteBuffer(), contentType: nil) }

        /// Creates a text body without a `Content-Type`.
        public init(stringLiteral text: String) { self.init(bytes: ByteBuffer(string: text), contentType: nil) }

        /// Creates a body of any bytes.
        public static func bytes(_ bytes: ByteBuffer, contentType: String? = nil) -> Body {
            Body(bytes: bytes, contentType: contentType)
        }

        /// Creates a JSON body, with dates in ISO 8601, as Hummingbird's contexts read them.
        ///
        /// - Throws: `EncodingError`.
        public static func json(_ value: some Encodable) throws -> Body {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Body(bytes: ByteBuffer(bytes: try encoder.encode(value)), contentType: "application/json; charset=utf-8")
        }

        /// Creates a URL-encoded form. Names may nest: `user[name]`, `tags[]`.
        ///
        /// - Parameter rawBody: whether the worker gets the client's bytes.
        /// - Throws: ``TestWorkerError/Code/refusedRequest`` for conflicting names, which RoadRunner refuses itself.
        public static func form(_ fields: KeyValuePairs<String, String>, rawBody: Bool = false) throws -> Body {
            try Self.form(pairs: Array(fields.lazy.map { ($0.key, $0.value) }), rawBody: rawBody)
        }

        package static func form(pairs: [(String, String)], rawBody: Bool = false) throws -> Body {
            let bytes = pairs.map { "\(FormEncoding.encode($0.0))=\(FormEncoding.encode($0.1))" }.joined(separator: "&")
            return Body(
                bytes: ByteBuffer(string: bytes), contentType: "application/x-www-form-urlencoded",
                form: rawBody ? nil : try ParsedForm(fields: pairs.map { (Array($0.0.utf8), Array($0.1.utf8)) }))
        }

        /// Creates a multipart form, with files.
        ///
        /// The files are in RoadRunner's temporary files until the response has ended, unless the application moves them.
        ///
        /// - Parameter rawBody: whether the worker gets the client's bytes.
        /// - Throws: ``TestWorkerError/Code/refusedRequest`` for conflicting names, which RoadRunner refuses itself.
        public static func multipart(_ parts: [Part], rawBody: Bool = false) throws -> Body {
            let boundary = "RoadRunnerTesting-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))"
            var bytes = ByteBuffer()
            for part in parts { part.write(into: &bytes, boundary: boundary) }
            bytes.writeString("--\(boundary)--\r\n")
            return Body(
                bytes: bytes, contentType: "multipart/form-data; boundary=\(boundary)",
                form: rawBody ? nil : try ParsedForm(parts: parts))
        }

        /// A part of a multipart form.
        public struct Part: Sendable {
            enum Content {
                case field(String)
                case file(UploadedFile)
            }

            let name: String
            let content: Content

            /// Creates a field.
            public static func field(_ name: String, _ value: String) -> Part { Part(name: name, content: .field(value)) }

            /// Creates a file.
            ///
            /// - Parameters:
            ///   - contentType: the type that the client sends; nil for none.
            ///   - error: RoadRunner's error code for a file that it does not keep, such as 8 for a forbidden extension.
            public static func file(
                _ name: String, filename: String, contentType: String? = "application/octet-stream", content: ByteBuffer,
                error: Int = 0
            ) -> Part {
                let filename = FormEncoding.quoted(filename)
                let file = UploadedFile(name: filename, mime: contentType ?? "", content: content, error: error)
                return Part(name: name, content: .file(file))
            }

            /// The name as written in the part's header, and as RoadRunner reads it.
            var writtenName: String { FormEncoding.quoted(self.name) }

            fileprivate func write(into bytes: inout ByteBuffer, boundary: String) {
                bytes.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(self.writtenName)\"")
                switch self.content {
                case .field(let value): bytes.writeString("\r\n\r\n\(value)")
                case .file(let file):
                    bytes.writeString("; filename=\"\(file.name)\"\r\n")
                    if !file.mime.isEmpty { bytes.writeString("Content-Type: \(file.mime)\r\n") }
                    bytes.writeString("\r\n")
                    bytes.writeImmutableBuffer(file.content)
                }
                bytes.writeString("\r\n")
            }
        }
    }
}
