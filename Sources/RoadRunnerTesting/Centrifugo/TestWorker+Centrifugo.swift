import NIOCore

extension TestWorker {
    /// Sends an event of Centrifugo and waits for its response. The worker must have been started with the mode `centrifuge`.
    public func send(_ event: TestEvent) async throws -> TestEventResponse {
        try await self.send(payload: event.context(), body: event.message)
        let frame = try await self.nextFrame()
        guard frame.stream.isEmpty, frame.options.count == 1, Int(frame.options[0]) <= frame.payload.readableBytes else {
            throw TestWorkerError(.unexpectedFrame, "RoadRunner's centrifuge plugin would not take this for a response: \(frame)")
        }
        let body = Self.split(frame).body
        if frame.flags.contains(.error) {
            return try TestEventResponse(type: event.type, message: ByteBuffer(), failure: String(buffer: frame.payload))
        }
        return try TestEventResponse(type: event.type, message: body, failure: nil)
    }
}
