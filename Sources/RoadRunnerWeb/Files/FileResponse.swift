import Goridge
public import HTTPTypes
import HTTPWorker
public import Hummingbird
import Logging
import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Response {
    /// Responds with a file.
    ///
    /// ```swift
    /// router.get("report") { _, _ in Response.file("var/report.pdf", disposition: .attachment("Übersicht.pdf")) }
    /// router.get("files/**") { _, context in Response.file(try context.parameters.getCatchAllPath(), in: "public") }
    /// ```
    ///
    /// Ranges, conditional requests and `HEAD` are supported; the file is streamed in chunks, which are read off the worker's
    /// loop. It is opened once, so the response is not affected when the file is replaced meanwhile. A missing file, or a name
    /// that no file can have, gives 404, a file that the process has no permission to read 403.
    ///
    /// - Parameters:
    ///   - path: the path, relative to the working directory, or to `root`. It is not percent-decoded: `getCatchAllPath()` does
    ///     that.
    ///   - root: a folder that the path must not leave, which makes paths from clients safe. Symbolic links below it are not
    ///     followed, and names with backslashes are not found.
    ///   - disposition: whether browsers show or save the file.
    ///   - deletesAfterSend: whether to remove the file after the response, whether or not it was sent completely: also after
    ///     HEAD, 304 or 412, or when another response replaces this one. For files that are made for one response. The file is
    ///     sent as a whole: ranges are not offered, since a client that asks for parts needs it again.
    public static func file(
        _ path: String, in root: String? = nil, disposition: ContentDisposition? = nil, deletesAfterSend: Bool = false
    ) -> FileResponse {
        FileResponse(path, in: root, disposition: disposition, deletesAfterSend: deletesAfterSend)
    }

    /// Creates a response with a file, for handlers that change it before they return it.
    ///
    /// The parameters are those of `Response.file(_:in:disposition:deletesAfterSend:)`.
    ///
    /// - Throws: `HTTPError` 404 or 403, and ``FileError``; see ``FileResponse/response(from:context:)``.
    public static func file(
        _ path: String, in root: String? = nil, disposition: ContentDisposition? = nil, deletesAfterSend: Bool = false,
        for request: Request, context: some RequestContext
    ) throws -> Response {
        try Self.file(path, in: root, disposition: disposition, deletesAfterSend: deletesAfterSend)
            .response(from: request, context: context)
    }
}

/// A response with the contents of a file, as `Response.file(_:)` creates it.
public struct FileResponse: ResponseGenerator, Sendable {
    /// The path, relative to the working directory, or to ``root``.
    public var path: String
    /// The folder that the path must not leave.
    public var root: String?
    /// Whether browsers show or save the file.
    public var disposition: ContentDisposition?
    /// Whether the file is removed after the response, whether or not it was sent completely.
    public var deletesAfterSend: Bool
    /// Additional headers, which override those made from the file: `Content-Type` by its name's extension, `ETag` and
    /// `Last-Modified`.
    public var headers: HTTPFields = [:]
    /// Whether RoadRunner's middleware `sendfile` sends the file: the response names it in `X-Sendfile`, and has no body.
    ///
    /// This has no effect alone. RoadRunner then supports neither ranges nor conditions, and reads the file itself, so it must
    /// see it under the same path. The middleware holds every response back until it is complete, streams too. Files that are
    /// removed afterwards are still sent by the worker, since nothing reports when RoadRunner has read one.
    public var usesSendfile = false

    /// Creates a file response; see `Response.file(_:in:disposition:deletesAfterSend:)`.
    public init(
        _ path: String, in root: String? = nil, disposition: ContentDisposition? = nil, deletesAfterSend: Bool = false
    ) {
        self.path = path
        self.root = root
        self.disposition = disposition
        self.deletesAfterSend = deletesAfterSend
    }

    /// Creates the response to a request.
    ///
    /// - Throws: `HTTPError` 404 when there is no such file, or when the path leads out of ``root``, and 403 when the process has
    ///   no permission to read it; ``FileError`` when reading fails.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        let (file, facts) = try Self.respondingToErrors(context) { try self.opened() }
        let removal = self.deletesAfterSend ? FileRemoval(self.fullPath) : nil
        let validators = self.validators(facts)
        var headers = self.fileHeaders(facts, validators)
        var conditions = request.headers
        if removal != nil { conditions[.range] = nil }
        switch FilePreconditions.decide(request.method, conditions, size: facts.size, validators) {
        case .notModified:
            return Self.withoutLength(Response(status: .notModified, headers: headers))
        case .failed:
            return Response(status: .preconditionFailed, headers: [.eTag: validators.eTag])
        case .notSatisfiable:
            return Response(status: .rangeNotSatisfiable, headers: [.contentRange: "bytes */\(facts.size)"])
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(facts.size)"
            return Response(status: .partialContent, headers: headers, body: Self.body(file, range, removal))
        case .whole:
            if request.method == .head {
                headers[.contentLength] = String(facts.size)
                return Response(status: .ok, headers: headers)
            }
            if self.usesSendfile, removal == nil, (context as? any RoadRunnerRequestContext)?.info.server == .roadRunner {
                headers[.xSendfile] = try Self.respondingToErrors(context) { try self.absolutePath() }
                return Self.withoutLength(Response(status: .ok, headers: headers))
            }
            return Response(status: .ok, headers: headers, body: Self.body(file, 0..<facts.size, removal))
        }
    }

    /// Hummingbird sets a length of 0; but 304 and `X-Sendfile` stand for bytes that are elsewhere.
    private static func withoutLength(_ response: Response) -> Response {
        var response = response
        response.headers[.contentLength] = nil
        return response
    }

    // MARK: Opening

    /// Turns errors that a client's path can cause into responses.
    private static func respondingToErrors<Result>(_ context: some RequestContext, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as FileError {
            guard let status = error.status else { throw error }
            // A file that exists but cannot be read is mostly a mistake in the configuration.
            context.logger.log(level: status == .forbidden ? .info : .debug, "\(error)")
            throw HTTPError(status, message: status == .forbidden ? "no permission to read the file" : "there is no such file")
        }
    }

    private func opened() throws -> (OpenFile, FileStatus) {
        guard !self.path.utf8.contains(0) else { throw FileError(.notFound, "a path cannot contain zero bytes") }
        do {
            let file = try self.openHandle()
            let status = try file.status()
            guard status.isRegular else { throw FileError(.notAFile, "\(self.path) is not a file") }
            return (file, status)
        } catch let error as SystemCallError {
            throw FileError(reading: self.path, error)
        }
    }

    private func openHandle() throws -> OpenFile {
        guard let root else { return try OpenFile(reading: self.path) }
        guard let components = FilePath.components(self.path), !components.isEmpty else {
            throw FileError(.outsideOfRoot, "\"\(self.path)\" is not the path of a file below \(root)")
        }
        return try OpenFile(reading: components, below: root)
    }

    /// The path relative to the working directory.
    private var fullPath: String {
        guard let root else { return self.path }
        return ([root[...]] + (FilePath.components(self.path) ?? [])).joined(separator: "/")
    }

    private func absolutePath() throws(FileError) -> String {
        let path = self.fullPath
        guard let resolved = realpath(path, nil) else { throw FileError(.notFound, "there is no file \(path)") }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    // MARK: Answering

    /// The time in nanoseconds and the length: changed content has a different time, or at least a different length.
    private func validators(_ facts: FileStatus) -> FilePreconditions.Validators {
        let time = String(UInt64(bitPattern: Int64(facts.modified)), radix: 16)
        let fraction = String(UInt32(truncatingIfNeeded: facts.modifiedNanoseconds), radix: 16)
        return .init(
            eTag: self.headers[.eTag] ?? "\"\(time).\(fraction)-\(String(facts.size, radix: 16))\"", modified: facts.modified)
    }

    private func fileHeaders(_ facts: FileStatus, _ validators: FilePreconditions.Validators) -> HTTPFields {
        var headers: HTTPFields = [
            .acceptRanges: self.deletesAfterSend ? "none" : "bytes",
            .eTag: validators.eTag,
            .lastModified: HTTPDate.format(facts.modified),
            .contentType: Self.contentType(self.path),
        ]
        if let disposition { headers[.contentDisposition] = disposition.headerValue }
        for field in self.headers { headers[fields: field.name] = self.headers[fields: field.name] }
        return headers
    }

    private static func contentType(_ path: String) -> String {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? "".utf8[...]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")),
            let type = MediaType.getMediaType(forExtension: String(Substring(name[dot...].dropFirst())))
        else { return "application/octet-stream" }
        return type.type == .text ? "\(type); charset=utf-8" : "\(type)"
    }

    private static func body(_ file: OpenFile, _ range: Range<Int>, _ removal: FileRemoval?) -> ResponseBody {
        let chunks = FileChunks(range: range) { file }
        return ResponseBody(contentLength: range.count) { writer in
            defer { removal?.perform() }
            for try await chunk in chunks { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
    }
}

/// Removes a file once it was sent, or as soon as nothing can send it any more.
private final class FileRemoval: Sendable {
    private let path: String
    private let once = AtomicFlag()

    init(_ path: String) { self.path = path }

    deinit { self.perform() }

    func perform() {
        self.once.perform { unlink(self.path) }
    }
}

extension FileError {
    /// The response for an error that a client's path can cause; nil for a file that should be readable and is not.
    ///
    /// Clients do not learn whether a file exists, unless the operator has to act.
    var status: HTTPResponse.Status? {
        switch self.code {
        case .notFound, .notAFile, .outsideOfRoot: .notFound
        case .accessDenied: .forbidden
        default: nil
        }
    }
}
