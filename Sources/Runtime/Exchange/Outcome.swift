/// The outcome of an exchange.
public struct Outcome: Sendable {
    /// An error of an exchange, and whose fault it was.
    public struct Failure: Sendable {
        /// The error that was thrown.
        public let error: any Error
        /// The phase in which the error was thrown.
        public let phase: ExceptionThrown.Phase
        /// Whose fault it was, which decides how the error is treated.
        public let fault: Fault

        /// Creates a failure.
        public init(_ error: any Error, phase: ExceptionThrown.Phase, fault: Fault) {
            self.error = error
            self.phase = phase
            self.fault = fault
        }
    }

    /// Rarely used state, which is separate because outcomes are copied.
    private final class Details: @unchecked Sendable {
        var summary: String?
        var failures: [Failure] = []
        var rebootReason: String?
        var afterwards: (@Sendable () async -> Void)?
        var nestedError: (any Error)?

        init() {}

        init(_ other: Details) {
            self.summary = other.summary
            self.failures = other.failures
            self.rebootReason = other.rebootReason
            self.afterwards = other.afterwards
            self.nestedError = other.nestedError
        }
    }

    // Copied before it is modified, unless this outcome alone refers to it.
    private var details: Details?

    private mutating func makeDetails() -> Details {
        if isKnownUniquelyReferenced(&self.details), let details = self.details { return details }
        let details = self.details.map { Details($0) } ?? Details()
        self.details = details
        return details
    }

    /// The status of the response that was sent, if the mode has one.
    public var status: Int?
    /// Whether the response was sent as a whole.
    public var isComplete = true
    /// Whether no handler answered an event of Centrifugo, so that a default was sent.
    package var isUnanswered = false

    /// The result in a few words, for the inspector; when nil, the status is shown.
    public var summary: String? {
        get { self.details?.summary }
        set { if newValue != nil || self.details != nil { self.makeDetails().summary = newValue } }
    }

    /// The failures, in order.
    public var failures: [Failure] {
        get { self.details?.failures ?? [] }
        set { if !newValue.isEmpty || self.details != nil { self.makeDetails().failures = newValue } }
    }

    /// The reason for which the handler asks for a reboot of the kernel; nil when it does not.
    public var rebootReason: String? {
        get { self.details?.rebootReason }
        set { if newValue != nil || self.details != nil { self.makeDetails().rebootReason = newValue } }
    }

    /// Work to do once the response is sent, in the scope of the exchange.
    public var afterwards: (@Sendable () async -> Void)? {
        get { self.details?.afterwards }
        set { if newValue != nil || self.details != nil { self.makeDetails().afterwards = newValue } }
    }

    /// The application's error in an exchange within this one, which has reported it.
    package var nestedError: (any Error)? {
        get { self.details?.nestedError }
        set { if newValue != nil || self.details != nil { self.makeDetails().nestedError = newValue } }
    }

    /// Creates the outcome of an exchange whose response was sent as a whole.
    public init(status: Int? = nil) { self.status = status }

    /// Whether the outcome has no consequences: no error, no reboot, no work.
    var isPlain: Bool { self.details == nil }

    /// The first error that was the application's fault, for the policies of the kernel.
    public var error: (any Error)? {
        guard let details else { return nil }
        return details.failures.first { $0.fault == .application }?.error ?? details.nestedError
    }
}
