import Goridge

/// A policy that decides when a kernel is rebuilt, in the same process, after a response.
///
/// A reboot discards application state that an error may have corrupted, without the cost of another process. The new kernel is
/// built while the old one keeps serving; then it takes over, and the old one is shut down. See ``Kernel/overlapsOnReboot`` for
/// kernels that cannot run twice.
public struct RebootPolicy: Sendable {
    /// A request or an event that was handled.
    public struct HandledExchange: Sendable {
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
        case custom(@Sendable (HandledExchange) -> String?)
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
    public static func custom(_ reason: @escaping @Sendable (HandledExchange) -> String?) -> RebootPolicy {
        RebootPolicy([.custom(reason)])
    }

    /// Reboots whenever one of the policies would.
    public static func any(_ policies: RebootPolicy...) -> RebootPolicy { RebootPolicy(policies.flatMap(\.rules)) }
}
