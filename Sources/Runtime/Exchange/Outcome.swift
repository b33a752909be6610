/// What became of an exchange.
public struct Outcome: Sendable {
    /// An error of an exchange, and whose fault it was.
    public struct Failure: Sendable {
        /// What was thrown.
        public let error: any Error
        /// How far the exchange had come.
        public let phase: ExceptionThrown.Phase
        /// Whose fault it was, which decides what becomes of the error.
        public let fault: Fault

        public init(_ error: any Error, phase: ExceptionThrown.Phase, fault: Fault) {
            self.error = error
            self.phase = phase
            self.fault = fault
        }
    }

    /// The status of the response that was sent, where the mode has one.
    public var status: Int?
    /// The result in a few words, for the inspector; nil for the status.
    public var summary: String?
    /// Whether the response was sent as a whole.
    public var isComplete = true
    /// What went wrong, in the order in which it did.
    public var failures: [Failure] = []
    /// Why the handler asks for a reboot of the kernel; nil when it does not.
    public var rebootReason: String?
    /// Whether no handler answered, so that a default was sent: events of Centrifugo.
    package var isUnanswered = false
    /// Work to do once the response is sent, in the scope of the exchange.
    public var afterwards: (@Sendable () async -> Void)?

    /// The outcome of an exchange whose response was sent as a whole.
    public init(status: Int? = nil) { self.status = status }

    /// The first error that was the application's fault, for the policies of the kernel.
    public var error: (any Error)? { self.failures.first { $0.fault == .application }?.error ?? self.nestedError }

    /// Such an error of an exchange within this one, which has reported it.
    package var nestedError: (any Error)?
}
