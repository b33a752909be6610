package import Goridge
public import NIOCore

/// One piece of work from RoadRunner: a context, whose format depends on the mode, and a body.
public struct Payload: Sendable {
    /// The context of the payload, in the format of its mode.
    public let context: ByteBuffer
    /// The body of the payload.
    public let body: ByteBuffer
    /// Creates a payload.
    public init(context: ByteBuffer, body: ByteBuffer) {
        self.context = context
        self.body = body
    }

    /// Splits the payload of a frame.
    ///
    /// - Throws: ``PayloadProblem`` when the frame's shape is wrong. RoadRunner waits for a response anyway.
    package init(_ frame: Frame) throws(PayloadProblem) {
        let size = frame.payload.readableBytes
        guard frame.options.count == 1 else {
            throw PayloadProblem(
                .malformed, "the frame has \(frame.options.count) options, but a request has one: the length of its context")
        }
        let contextLength = Int(frame.options[0])
        guard contextLength <= size else {
            throw PayloadProblem(
                .malformed, "the frame announces a context of \(contextLength) bytes, but its payload has \(size)")
        }
        var rest = frame.payload
        let context = rest.readSlice(length: contextLength) ?? ByteBuffer()
        // An empty slice would keep the whole frame alive.
        self.init(context: context, body: rest.readableBytes == 0 ? ByteBuffer() : rest)
    }
}
