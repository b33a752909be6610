import Goridge

/// The policy of one kernel: a value, whose limits are drawn when the kernel is built.
struct RebootState: Sendable {
    private let policy: RebootPolicy
    private let limits: [Int?]
    private let looksAtErrorsOnly: Bool
    /// The time of the last reboot because of an error, by the monotonic clock.
    private(set) var lastReboot: UInt64?
    /// The reason to reboot as soon as the minimum interval has passed.
    private var deferredReason: String?
    /// The time of the deferred reboot, by the monotonic clock; nil when none is deferred.
    private(set) var deferredUntil: UInt64?
    private(set) var handledCount = 0

    /// - Parameter lastReboot: the time of the last reboot because of an error, by the monotonic clock; nil when there was none.
    init(_ policy: RebootPolicy, lastReboot: UInt64? = nil, using generator: inout some RandomNumberGenerator) {
        self.policy = policy
        self.looksAtErrorsOnly = policy.rules.allSatisfy { if case .exception = $0 { true } else { false } }
        self.lastReboot = lastReboot
        self.limits = policy.rules.map { rule in
            guard case .maxRequests(let count, let jitter) = rule else { return nil }
            // Not representable where `count` is Int.max.
            let spread = Int(exactly: (Double(count) * jitter).rounded()) ?? count
            return Int.random(in: max(1, count - spread)...count, using: &generator)
        }
    }

    /// Returns the state for the kernel that replaces this one.
    func renewed() -> RebootState {
        var random = SystemRandomNumberGenerator()
        return RebootState(self.policy, lastReboot: self.lastReboot, using: &random)
    }

    /// A request or an event was handled.
    ///
    /// - Parameter now: the monotonic clock, in nanoseconds; read only when it is needed.
    /// - Returns: the reason to reboot; nil when there is none.
    mutating func handled(_ error: (any Error)?, now: () -> UInt64 = SystemCall.monotonicNanoseconds) -> String? {
        self.handledCount += 1
        for (rule, limit) in zip(self.policy.rules, self.limits) {
            switch rule {
            case .custom(let reason):
                if let reason = reason(.init(error: error, handledCount: self.handledCount)) { return reason }
            case .exception(let minimumInterval, let reason):
                self.deferredReason = self.deferredReason ?? error.flatMap(reason)
                guard self.deferredReason != nil else { continue }
                let now = now()
                if let lastReboot, now < lastReboot || now - lastReboot < minimumInterval {
                    let (due, overflow) = lastReboot.addingReportingOverflow(minimumInterval)
                    self.deferredUntil = overflow ? .max : due
                    continue
                }
                return self.takeDeferred(now)
            case .maxRequests:
                if let limit, self.handledCount >= limit { return "it has handled \(self.handledCount) requests" }
            }
        }
        return nil
    }

    /// Whether no rule depends on requests without an error: for these ``countPlain()`` is enough.
    var ignoresSuccess: Bool { self.looksAtErrorsOnly && self.deferredReason == nil && self.deferredUntil == nil }

    /// A request or an event was handled without an error.
    mutating func countPlain() { self.handledCount += 1 }

    /// Checks whether a deferred reboot is due, although nothing was handled.
    ///
    /// - Returns: the reason to reboot; nil when there is none.
    mutating func due(now: UInt64 = SystemCall.monotonicNanoseconds()) -> String? {
        guard let deferredUntil, now >= deferredUntil else { return nil }
        return self.takeDeferred(now)
    }

    private mutating func takeDeferred(_ now: UInt64) -> String? {
        defer {
            self.deferredReason = nil
            self.deferredUntil = nil
        }
        self.lastReboot = now
        return self.deferredReason
    }
}
