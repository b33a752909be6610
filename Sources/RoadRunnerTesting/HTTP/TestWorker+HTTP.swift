import Goridge
import HTTPTypes
import NIOCore
import Synchronization

extension TestWorker {
    /// Sends a request and waits for its complete response.
    public func send(_ request: TestRequest) async throws -> WorkerResponse {
        try await self.begin(request)
        return try await self.finishResponse()
    }

    /// Sends a request without waiting for the response.
    public func begin(_ request: TestRequest) async throws {
        let uploads = try request.files.map { try TemporaryUploads($0) }
        self.uploads.withLock { $0.append(uploads) }
        try await self.send(payload: request.encodedContext(uploads: request.uploads ?? uploads?.json), body: request.body)
    }

    /// Receives the response to a request sent by ``begin(_:)``.
    public func finishResponse() async throws -> WorkerResponse {
        try await self.finishResponse(first: self.nextResponseFrame())
    }

    func finishResponse(first: Frame) async throws -> WorkerResponse {
        var informational: [HTTPResponse] = []
        var first = first
        var head = try ResponseHead(Self.split(first).context)
        while head.status.kind == .informational, first.stream.contains(.stream) {
            informational.append(head.response)
            first = try await self.nextResponseFrame()
            head = try ResponseHead(Self.split(first).context)
        }
        var frames = [first]
        var body = Self.split(first).body
        var trailers: [ResponseHead.Line] = []
        while frames[frames.count - 1].stream.contains(.stream) {
            let frame = try await self.nextResponseFrame()
            frames.append(frame)
            let (context, chunk) = Self.split(frame)
            body.writeImmutableBuffer(chunk)
            if context.readableBytes > 0 { trailers += try ResponseHead(context).headers }
        }
        return WorkerResponse(informational: informational, head: head, body: body, frames: frames, trailerLines: trailers)
    }

    /// Sends a request, and passes the response to `body` as it is received. If `body` returns before the end, the client leaves:
    /// see ``disconnectClient()``.
    public func stream<Result>(
        _ request: TestRequest, _ body: (StreamedWorkerResponse) async throws -> Result
    ) async throws -> Result {
        try await self.begin(request)
        let first = try await self.nextResponseFrame()
        let head = try ResponseHead(Self.split(first).context)
        let response = StreamedWorkerResponse(worker: self, first: first, head: head.response)
        do {
            let result = try await body(response)
            if !response.isFinished { try await self.disconnectClient() }
            return result
        } catch {
            if !response.isFinished { _ = try? await self.disconnectClient() }
            throw error
        }
    }

    /// Notifies the worker that the client has left, and waits for the terminal frame. Earlier frames are dropped.
    ///
    /// - Returns: the number of received frames.
    @discardableResult
    public func disconnectClient() async throws -> Int {
        try await self.send(Frame(stream: .stop))
        var count = 1
        while try await self.nextFrame().stream.contains(.stream) { count += 1 }
        self.removeUploads()
        return count
    }

    func nextResponseFrame() async throws -> Frame { try self.responseFrame(await self.nextFrame()) }

    /// - Throws: ``TestWorkerError`` when it does not belong to a response.
    func responseFrame(_ frame: Frame) throws -> Frame {
        if !frame.stream.contains(.stream) { self.removeUploads() }
        if frame.flags.contains(.error) { throw TestWorkerError(.errorResponse, String(buffer: frame.payload)) }
        guard frame.flags == .proto, frame.options.count == 1, Int(frame.options[0]) <= frame.payload.readableBytes else {
            throw TestWorkerError(.unexpectedFrame, "RoadRunner's http plugin would not take this for a response: \(frame)")
        }
        return frame
    }

    /// Removes the oldest request's files, as RoadRunner does when a response has ended.
    private func removeUploads() {
        self.uploads.withLock { if !$0.isEmpty { $0.removeFirst() } }
    }

    static func split(_ frame: Frame) -> (context: ByteBuffer, body: ByteBuffer) {
        var body = frame.payload
        let context = body.readSlice(length: Int(frame.options.first ?? 0)) ?? ByteBuffer()
        return (context, body)
    }
}
