public import Goridge
public import HTTPTypes
public import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A complete response of a worker.
public struct WorkerResponse: Sendable {
    /// The status.
    public var status: HTTPResponse.Status { self.head.status }
    /// The headers, sorted by name; several values of one name are in the order in which the worker wrote them.
    public var headers: HTTPFields { self.head.headerFields }
    /// The bodies of all frames, concatenated.
    public let body: ByteBuffer
    /// The trailers.
    public let trailers: HTTPFields
    /// The informational responses (1xx) before the final one.
    public let informational: [HTTPResponse]
    /// The frames of the final response.
    public let frames: [Frame]

    /// Status and headers, from the first frame of the final response.
    package let head: HTTPResponse
    /// The headers as the worker wrote them, including trailers.
    package let lines: [ResponseHead.Line]
    /// The contexts of later frames.
    package let trailerLines: [ResponseHead.Line]

    init(
        informational: [HTTPResponse], head: ResponseHead, body: ByteBuffer, frames: [Frame], trailerLines: [ResponseHead.Line]
    ) {
        self.informational = informational
        self.head = head.response
        self.lines = head.headers
        self.body = body
        self.frames = frames
        self.trailerLines = trailerLines
        self.trailers = head.trailers(trailerLines)
    }

    /// The body as a string.
    public var text: String { String(buffer: self.body) }

    /// Whether it consists of several frames.
    public var isStreamed: Bool { self.frames.count > 1 }

    /// Decodes a JSON body, with dates in ISO 8601, as Hummingbird's contexts write them.
    ///
    /// - Throws: ``TestWorkerError/Code/undecodableBody``, with the status and the beginning of the body.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(self.body.readableBytesView))
        } catch {
            let beginning = String(decoding: self.body.readableBytesView.prefix(200), as: UTF8.self)
            throw TestWorkerError(
                .undecodableBody,
                """
                the body of the response with status \(self.status.code) and Content-Type \
                "\(self.headers[.contentType] ?? "")" is not JSON of \(type): \(error). It begins with: \(beginning)
                """)
        }
    }
}
