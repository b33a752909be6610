import Goridge

/// When a kernel is rebuilt, in the same process, after a response.
///
/// It is how a worker gets rid of what an error has left behind in the application's state, without the cost of another process.
/// The new kernel is built while the old one goes on serving; then it takes over, and the old one is shut down. See
/// ``Kernel/overlapsOnReboot`` for kernels that cannot run twice.
public struct RebootPolicy: Sendable {
    /// A request or an event that was handled.
    public struct Outcome: Sendable {
        /// The error that nobody has caught; nil when there was none. Errors that know their response (`HTTPError`, `CentrifugoClientError`) do not count, nor
        /// do errors of the client's making, those of a cancelled request, and deadlines.
        public let error: (any Error)?
        /// How many requests and events this kernel has handled, this one included.
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

    /// After each request.
    public static let always = RebootPolicy([.custom { _ in "it is rebooted after each request" }])

    /// After an error that nobody has caught: the default in a pool.
    ///
    /// - Parameters:
    ///   - types: errors of these types leave the kernel as it is.
    ///   - isAllowed: and so do those for which this is true.
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

    /// After so many requests and events; every one counts.
    ///
    /// - Parameters:
    ///   - count: the most, at least 1.
    ///   - jitter: the part of `count`, from 0 to 1, by which it may be less, so that not all workers reboot at the same time: the
    ///     number is drawn for each kernel again, from `count - count * jitter` (rounded) to `count`, both included.
    public static func maxRequests(_ count: Int, jitter: Double = 0.2) -> RebootPolicy {
        RebootPolicy([.maxRequests(max(1, count), jitter: jitter.isNaN ? 0 : min(max(jitter, 0), 1))])
    }

    /// Whenever `reason` gives one.
    public static func custom(_ reason: @escaping @Sendable (Outcome) -> String?) -> RebootPolicy {
        RebootPolicy([.custom(reason)])
    }

    /// Whenever one of these would.
    public static func any(_ policies: RebootPolicy...) -> RebootPolicy { RebootPolicy(policies.flatMap(\.rules)) }
}

/// The policy of one kernel: a value, whose limits are drawn when the kernel is built.
struct RebootState: Sendable {
    private let policy: RebootPolicy
    private let limits: [Int?]
    private let looksAtErrorsOnly: Bool
    /// When an error was the last reason to reboot, by the monotonic clock.
    private(set) var lastReboot: UInt64?
    /// Why to reboot as soon as the minimum interval has passed.
    private var deferredReason: String?
    /// When that is, by the monotonic clock; nil when no reboot is deferred.
    private(set) var deferredUntil: UInt64?
    private(set) var handledCount = 0

    /// - Parameter lastReboot: when an error was the last reason to reboot, by the monotonic clock; nil when none was.
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

    /// For the kernel that takes the place of the one that was counted.
    func renewed() -> RebootState {
        var random = SystemRandomNumberGenerator()
        return RebootState(self.policy, lastReboot: self.lastReboot, using: &random)
    }

    /// Something was handled.
    ///
    /// - Parameter now: the monotonic clock, in nanoseconds; read only when it is needed.
    /// - Returns: why to reboot; nil when there is no reason to.
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

    /// Whether nobody has anything to say about what was handled without an error: then ``countPlain()`` is enough.
    var ignoresSuccess: Bool { self.looksAtErrorsOnly && self.deferredReason == nil && self.deferredUntil == nil }

    /// Something was handled without an error.
    mutating func countPlain() { self.handledCount += 1 }

    /// The time of a deferred reboot may have come, although nothing was handled.
    ///
    /// - Returns: why to reboot; nil when there is no reason to.
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
