package import Goridge
public import NIOCore

/// One piece of work from RoadRunner: a context, whose format depends on the mode, and a body.
public struct Payload: Sendable {
    /// What the plug-in says about the payload, in the format of its mode.
    public let context: ByteBuffer
    /// The payload itself.
    public let body: ByteBuffer
    /// What is wrong with the frame's shape; context and body are empty then.
    public let defect: String?

    /// A payload whose shape is right.
    public init(context: ByteBuffer, body: ByteBuffer) {
        self.context = context
        self.body = body
        self.defect = nil
    }

    /// Splits the payload of a frame. A frame whose shape is wrong is still a payload: it is answered, as an error.
    package init(_ frame: Frame) {
        let size = frame.payload.readableBytes
        guard frame.options.count == 1 else {
            self.init(defect: "the frame has \(frame.options.count) options, a request has one: the length of its context")
            return
        }
        let contextLength = Int(frame.options[0])
        guard contextLength <= size else {
            self.init(defect: "the frame says that its context is \(contextLength) bytes long, its payload has \(size)")
            return
        }
        var rest = frame.payload
        let context = rest.readSlice(length: contextLength) ?? ByteBuffer()
        // An empty slice would keep the whole frame alive.
        self.init(context: context, body: rest.readableBytes == 0 ? ByteBuffer() : rest)
    }

    private init(defect: String) {
        self.context = ByteBuffer()
        self.body = ByteBuffer()
        self.defect = defect
    }
}
