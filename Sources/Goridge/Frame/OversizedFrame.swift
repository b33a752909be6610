/// A frame whose payload is longer than the receiver allows: all of it but the payload.
package struct OversizedFrame: Sendable, Hashable {
    package let flags: Frame.Flags
    package let stream: Frame.StreamFlags
    package let options: FrameOptions
    /// The length of the payload, in bytes.
    package let length: Int
    /// The longest payload that is accepted, in bytes.
    package let limit: Int

    package var error: FrameError { .payloadTooLarge(self.length, limit: self.limit) }
}
