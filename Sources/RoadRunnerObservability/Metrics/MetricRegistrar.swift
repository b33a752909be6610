import Goridge
import RoadRunnerAPI
import SwiftProtobuf

/// Declares metrics, once for all workers.
///
/// RoadRunner logs a warning for each declaration of a metric that it knows already, and an error for each value of one that it
/// does not know, and it cannot be asked which metrics it knows. To keep its log free of both, workers take turns, and leave a
/// mark for each metric that they have declared: the name of a lock. RoadRunner keeps the names of locks until it ends, as it
/// does collectors, and a release by force reports whether it knows the name. All of this leaves no line in its log.
///
/// Source: RoadRunner's documentation, "Lock"; its plugin `lock`, which needs no configuration.
struct MetricRegistrar: Sendable {
    enum Registration: Sendable, Equatable {
        case declared
        case refused(String)
        /// The declaration is retried with the next batch.
        case postponed
        /// RoadRunner has no `metrics` plugin.
        case noPlugin
    }

    /// The longest turn of a worker, and how long others wait for theirs.
    private static let turn = Duration.seconds(10)
    private static let turnTimeout = Duration.seconds(15)
    /// The number of concurrent declarations.
    private static let concurrency = 32
    /// The lease of a mark. Marks are only names, and need not be held.
    private static let markHolding = Duration.seconds(1)
    /// Without a timeout RoadRunner gives up within a millisecond, and logs a warning.
    private static let markTimeout = Duration.milliseconds(500)

    let client: RPCClient
    /// Identifies this process.
    let id: String

    init(_ client: RPCClient) {
        self.client = client
        var random = SystemRandomNumberGenerator()
        self.id = String(random.next(), radix: 36) + String(random.next(), radix: 36)
    }

    // MARK: Declaring

    func declare(_ requests: [MetricDeclarationRequest]) async -> [String: Registration] {
        var outcomes: [String: Registration] = [:]
        let hasLocks: Bool
        do {
            // Continue without the lock: the worst case is a warning.
            hasLocks = try await self.lock(Names.turn, holding: Self.turn, waiting: Self.turnTimeout) != nil
        } catch {
            return Dictionary(requests.map { ($0.name, .postponed) }) { first, _ in first }
        }
        // The first one shows whether declarations can succeed at all. The others run concurrently, since a process that ends has
        // little time.
        for request in requests.prefix(1) { outcomes[request.name] = await self.declare(request, hasLocks: hasLocks) }
        if !outcomes.values.contains(where: { $0 == .postponed || $0 == .noPlugin }) {
            await withTaskGroup(of: (String, Registration).self) { group in
                for (index, request) in requests.dropFirst().enumerated() {
                    if index >= Self.concurrency, let (name, outcome) = await group.next() { outcomes[name] = outcome }
                    group.addTask { (request.name, await self.declare(request, hasLocks: hasLocks)) }
                }
                for await (name, outcome) in group { outcomes[name] = outcome }
            }
        }
        // By force, since a RoadRunner that is shutting down has released the lock already, and would log a warning for another
        // release. At worst another worker's turn ends early. If the release fails, the lock expires.
        if hasLocks { _ = try? await self.releaseByForce(Names.turn) }
        return outcomes
    }

    private func declare(_ request: MetricDeclarationRequest, hasLocks: Bool) async -> Registration {
        let (name, exact) = (Names.mark(request.name), Names.mark(request.name + request.definition.signature))
        do {
            var hasMark = false
            if hasLocks {
                hasMark = try await self.isKnown(exact)
                if !request.isForced, hasMark { return .declared }
                if !request.isForced, try await self.isKnown(name), try await !self.isKnown(exact) {
                    return .refused(
                        "RoadRunner has it with another kind or other labels, from another worker or an older release, until "
                            + "RoadRunner is restarted")
                }
            }
            let call = MetricCalls.declare(request.name, request.definition)
            _ = try await self.client.perform(
                call.method, codec: .json, arguments: call.arguments, timeout: nil, isOwn: true)
            if hasLocks, !hasMark {
                // In this order: a worker that sees the second without the first would take the metric for a different one.
                if await self.mark(exact) { _ = await self.mark(name) }
            }
            return .declared
        } catch {
            switch MetricFailure(error) {
            case .noPlugin: return .noPlugin
            case .refused(let text): return .refused(text)
            case .unsent, .unanswered, .undeclared: return .postponed
            }
        }
    }

    // MARK: Recognizing

    /// Whether this is the RoadRunner that this process has spoken to before. From now on it is.
    ///
    /// - Throws: when RoadRunner cannot be asked now.
    func recognize() async throws -> Bool {
        if try await self.isKnown(Names.process(self.id)) { return true }
        // Without a mark the next connection would be taken for that of another RoadRunner.
        _ = try await self.lock(Names.process(self.id), holding: Self.markHolding, waiting: Self.markTimeout)
        return false
    }

    // MARK: Locks

    private enum Names {
        static let turn = "metrics:declare"
        static func mark(_ text: String) -> String { "metrics:known:\(text)" }
        static func process(_ id: String) -> String { "metrics:process:\(id)" }
    }

    private enum Methods {
        static let lock = RPCMethod(known: "lock.Lock")
        static let forceRelease = RPCMethod(known: "lock.ForceRelease")
    }

    /// Leaves a mark. If that fails, other workers declare the metric again.
    private func mark(_ name: String) async -> Bool {
        await (try? self.lock(name, holding: Self.markHolding, waiting: Self.markTimeout)) ?? false
    }

    /// - Throws: when RoadRunner cannot be asked now.
    private func isKnown(_ name: String) async throws -> Bool { try await self.releaseByForce(name) }

    /// - Returns: whether a lock of that name has ever existed.
    private func releaseByForce(_ name: String) async throws -> Bool {
        try await self.call(Methods.forceRelease, name, holding: .zero, waiting: .seconds(1)) ?? false
    }

    /// - Parameter holding: never zero, which RoadRunner takes for a year.
    private func lock(_ name: String, holding: Duration, waiting: Duration) async throws -> Bool? {
        try await self.call(Methods.lock, name, holding: holding, waiting: waiting)
    }

    /// - Returns: nil if RoadRunner has no locks.
    /// - Throws: when RoadRunner cannot be asked now.
    private func call(_ method: RPCMethod, _ name: String, holding: Duration, waiting: Duration) async throws -> Bool? {
        let request = LockRequest.with {
            $0.resource = name
            $0.id = self.id
            if holding > .zero { $0.ttl = Int64(clamping: holding.clampedNanoseconds / 1000) }
            if waiting > .zero { $0.wait = Int64(clamping: waiting.clampedNanoseconds / 1000) }
        }
        do {
            return try await self.client.perform(
                method, proto: request, as: LockResponse.self, timeout: waiting + RPCClient.defaultTimeout, isOwn: true
            ).ok
        } catch {
            switch MetricFailure(error) {
            case .noPlugin, .refused, .undeclared: return nil
            case .unsent, .unanswered: throw error
            }
        }
    }
}
