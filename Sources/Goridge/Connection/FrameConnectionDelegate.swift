/// Receives the frames of a connection, on the loop's thread.
package protocol FrameConnectionDelegate: AnyObject {
    /// A frame was received. More may follow in the same tick.
    func connection(_ connection: FrameConnection, received frame: Frame)
    /// A frame was received whose payload exceeds the limit and was dropped. Unless the delegate implements this, the connection
    /// ends.
    func connection(_ connection: FrameConnection, received frame: OversizedFrame)
    /// Nothing more will be received. Called once.
    func connection(_ connection: FrameConnection, ended reason: CloseReason)
    /// Enough was written for waiting writers to continue.
    func connectionBecameWritable(_ connection: FrameConnection)
}

extension FrameConnectionDelegate {
    package func connection(_ connection: FrameConnection, received frame: OversizedFrame) {
        connection.endReading(.frameError(frame.error))
    }
}
