/// How a connection ended.
package enum CloseReason: Sendable, Hashable {
    /// The other side closed it between two frames.
    case endOfStream
    /// The bytes were not a frame, or the end came inside one.
    case frameError(FrameError)
    /// The system reports that the connection is broken.
    case systemError(SystemCallError)
}
