/// The next item that a ``FrameDecoder`` has found.
package enum DecodedFrame: Sendable, Hashable {
    case frame(Frame)
    /// A frame whose payload was dropped; the next frame can be read.
    case oversized(OversizedFrame)
}
