package import Hummingbird

/// Performs the decisions of a ``ResponseStateMachine`` about one response. It can be used from any thread.
package protocol ResponseStream: AnyObject, ResponseBodyWriter, Sendable {
    var hasNoBody: Bool { get }
    var progress: ResponseStateMachine.Progress { get }

    /// Sends the head of a response that ``hasNoBody``.
    func finishWithoutBody() async throws

    /// Discards this response in favour of another one; further writes are refused.
    ///
    /// - Returns: false when the head was sent.
    func discard() -> Bool

    /// Ends a response that was begun; otherwise responds with 503.
    func abort() async
}
