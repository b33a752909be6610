/// An error was thrown and not caught.
public struct ExceptionThrown: LifecycleEvent {
    /// The phase of a request, or of the process, in which an error was thrown.
    public struct Phase: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The error was thrown before the head of the response was sent: the client gets another response.
        public static let beforeHead = Phase(description: "before head")
        /// The error was thrown while the body was sent: the body ends there.
        public static let streaming = Phase(description: "streaming")
        /// The error was thrown after the response was sent.
        public static let afterResponse = Phase(description: "after response")
        /// An earlier process crashed: see ``WorkerCrash``.
        public static let crash = Phase(description: "crash")
        /// The error was thrown while the kernel was built.
        public static let boot = Phase(description: "boot")
    }

    /// The error that was thrown.
    public let error: any Error
    /// The phase in which the error was thrown.
    public let phase: Phase
    /// The request that was being handled; nil when there was none, as at boot.
    public let request: RequestIdentity?

    package init(error: any Error, phase: Phase, request: RequestIdentity?) {
        self.error = error
        self.phase = phase
        self.request = request
    }
}
