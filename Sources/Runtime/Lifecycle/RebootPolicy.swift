import Goridge

/// A policy that decides when a kernel is rebuilt, in the same process, after a response.
///
/// A reboot discards application state that an error may have corrupted, without the cost of another process. The new kernel is
/// built while the old one keeps serving; then it takes over, and the old one is shut down. See ``Kernel/overlapsOnReboot`` for
/// kernels that cannot run twice.
public struct RebootPolicy: Sendable {
    /// A request or an event that was handled.
    public struct Outcome: Sendable {
        /// The uncaught error; nil when there was none. Errors that define their own response (`HTTPError`,
        /// `CentrifugoClientError`) do not count, nor do errors caused by the client, errors of a cancelled request, and deadlines.
        public let error: (any Error)?
        /// The number of requests and events that this kernel has handled, including this one.
        public let handledCount: Int

        package init(error: (any Error)?, handledCount: Int) {
            self.error = error
            self.handledCount = handledCount
        }
    }

    enum Rule: Sendable {
        case custom(@Sendable (Outcome) -> String?)
        case exception(minimumInterval: UInt64, @Sendable (any Error) -> String?)
        case maxRequests(Int, jitter: Double)
    }

    let rules: [Rule]

    private init(_ rules: [Rule]) { self.rules = rules }

    /// Never reboots: the default of the standalone runtime, where many requests share a kernel.
    public static let never = RebootPolicy([])

    /// Reboots after each request.
    public static let always = RebootPolicy([.custom { _ in "it is rebooted after each request" }])

    /// Reboots after an uncaught error: the default in a pool.
    ///
    /// - Parameters:
    ///   - types: errors of these types leave the kernel as it is.
    ///   - isAllowed: so do errors for which this returns true.
    ///   - minimumInterval: the time between two reboots of this kind, so that a route that always fails does not keep the worker
    ///     rebooting. A reboot that would come earlier is deferred until that time has passed.
    public static func onException(
        allowing types: [any Error.Type] = [], where isAllowed: @escaping @Sendable (any Error) -> Bool = { _ in false },
        minimumInterval: Duration = .seconds(10)
    ) -> RebootPolicy {
        let allowed = Set(types.map { ObjectIdentifier($0) })
        return RebootPolicy([
            .exception(minimumInterval: minimumInterval.clampedNanoseconds) { error in
                guard !allowed.contains(ObjectIdentifier(type(of: error))), !isAllowed(error) else { return nil }
                return "\(type(of: error)) was thrown"
            }
        ])
    }

    /// Reboots after a number of requests and events; every one counts.
    ///
    /// - Parameters:
    ///   - count: the largest number, at least 1.
    ///   - jitter: the part of `count`, from 0 to 1, that is subtracted at random for each kernel, so that workers do not all
    ///     reboot at the same time. The result is from `count - count * jitter` (rounded) to `count`, inclusive.
    public static func maxRequests(_ count: Int, jitter: Double = 0.2) -> RebootPolicy {
        RebootPolicy([.maxRequests(max(1, count), jitter: jitter.isNaN ? 0 : min(max(jitter, 0), 1))])
    }

    /// Reboots whenever `reason` returns a reason.
    public static func custom(_ reason: @escaping @Sendable (Outcome) -> String?) -> RebootPolicy {
        RebootPolicy([.custom(reason)])
    }

    /// Reboots whenever one of the policies would.
    public static func any(_ policies: RebootPolicy...) -> RebootPolicy { RebootPolicy(policies.flatMap(\.rules)) }
}

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
