/// Something was thrown that nobody has caught.
public struct ExceptionThrown: LifecycleEvent {
    /// Where in the life of a request something was thrown.
    public struct Phase: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// Before the head of the response: the client gets another response.
        public static let beforeHead = Phase(description: "before head")
        /// While the body was sent: it ends there.
        public static let streaming = Phase(description: "streaming")
        /// When the client had its response.
        public static let afterResponse = Phase(description: "after response")
        /// In a process before this one, which it has ended: see ``WorkerCrash``.
        public static let crash = Phase(description: "crash")
        /// While the kernel was built.
        public static let boot = Phase(description: "boot")
    }

    /// The error that was thrown.
    public let error: any Error
    /// Where.
    public let phase: Phase
    /// The request that was being handled; nil where there was none, as at boot.
    public let request: RequestIdentity?

    package init(error: any Error, phase: Phase, request: RequestIdentity?) {
        self.error = error
        self.phase = phase
        self.request = request
    }
}
