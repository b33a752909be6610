package import Goridge
package import NIOCore

/// One piece of work from RoadRunner: a context, whose format depends on the mode, and a body.
package struct Payload: Sendable {
    package let context: ByteBuffer
    package let body: ByteBuffer
    /// What is wrong with the frame's shape; context and body are empty then.
    package let defect: String?

    package init(context: ByteBuffer, body: ByteBuffer) {
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

/// Answers the payloads of one mode.
package protocol PayloadHandler: Sendable {
    /// Answers `payload` through `reply`. Whatever it does, the worker makes sure of exactly one terminal frame:
    /// an answer that is missing when it returns is an ERROR frame, a stream that is open is ended.
    ///
    /// - Returns: what became of it.
    func handle(_ payload: Payload, _ reply: Reply) async -> Outcome
}
