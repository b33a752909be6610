import Goridge
import Synchronization

/// Coalesces concurrent requests for the same work: they share one result.
///
/// A task that is cancelled stops waiting; when no task waits any more, the work is cancelled. When others write or remove the
/// value of a flight in progress, later callers begin a new flight, and the old one stores nothing.
final class SingleFlight: Sendable {
    /// The reason why a value is computed. Flights of different kinds are not shared: one that holds a lock must not wait for one
    /// that waits for a lock.
    enum Kind: Sendable, Hashable {
        case miss, missBelowLock, missBelowStripe, early

        static func miss(_ held: HeldLocks) -> Kind {
            held.hasStripe ? .missBelowStripe : held.isEmpty ? .miss : .missBelowLock
        }
    }

    struct Key: Hashable, Sendable {
        /// The complete key, prefix included.
        let name: ExactString
        let prefix: ExactString
        let type: ObjectIdentifier
        let kind: Kind
        /// A caller that counts storage failures as misses must not get such a failure from another flight.
        let isLenient: Bool

        init<Value>(_ name: String, prefix: String = "", _ type: Value.Type, _ kind: Kind, isLenient: Bool = false) {
            self.name = ExactString(name)
            self.prefix = ExactString(prefix)
            self.type = ObjectIdentifier(type)
            self.kind = kind
            self.isLenient = isLenient
        }

        func isSameValue(as other: Key) -> Bool { self.name == other.name && self.type == other.type }
    }

    /// The flight would wait for itself.
    struct Deadlock: Error {}

    /// The flight for which the current task computes.
    private struct Ticket: Sendable {
        let owner: ObjectIdentifier
        let number: UInt64
    }

    @TaskLocal private static var current: Ticket?

    private typealias Waiter = CheckedContinuation<any Sendable, any Error>

    private enum Phase { case waiting, computing, storing }

    private struct Flight {
        let key: Key
        var terms: FlightTerms
        var phase = Phase.waiting
        /// Whether its result may be older than the stored value.
        var isOutdated = false
        var outdatedHandler: (@Sendable () -> Void)?
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter] = [:]
        /// The flights on whose results its work waits, by the waiter's number.
        var awaited: [UInt64: UInt64] = [:]
        /// Writers that wait until it has stored its result.
        var changers: [CheckedContinuation<Void, Never>] = []
    }

    private struct State {
        /// All flights that have not ended, by number.
        var flights: [UInt64: Flight] = [:]
        /// The flights that other callers can join.
        var open: [Key: UInt64] = [:]
        /// Changes in progress, by number.
        var changes: [UInt64: StorageChange] = [:]
        var lastNumber: UInt64 = 0
        /// The flights that tasks wait for, by the waiter's number.
        var joined: [UInt64: UInt64] = [:]
        /// The waiters that were cancelled before they waited.
        var cancelled: Set<UInt64> = []

        mutating func nextNumber() -> UInt64 {
            self.lastNumber += 1
            return self.lastNumber
        }

        /// Lets no further caller join.
        mutating func detach(_ number: UInt64) {
            guard let key = self.flights[number]?.key, self.open[key] == number else { return }
            self.open[key] = nil
        }
    }

    private let state = Mutex(State())

    /// The flights of a storage: all stores of a storage share their computations and changes.
    static func shared(by client: RPCClient, _ storage: String) -> SingleFlight {
        client.shared.value(storage) { SingleFlight() }
    }

    /// For tests: how many tasks wait for a result.
    var waiterCount: Int { self.state.withLock { $0.joined.count } }

    // MARK: Flights

    /// - Throws: ``Deadlock`` when `work`, or a flight that it waits for, asks for the same value; what `work` throws.
    func run<Value: Sendable>(
        _ key: Key, _ terms: FlightTerms = FlightTerms(), _ work: @escaping @Sendable (FlightHandle) async throws -> Value
    ) async throws -> Value {
        let ticket = Self.current.flatMap { $0.owner == ObjectIdentifier(self) ? $0 : nil }
        let number = self.state.withLock { $0.nextNumber() }
        defer {
            self.state.withLock { state in
                state.cancelled.remove(number)
                state.joined[number] = nil
                if let ticket { state.flights[ticket.number]?.awaited[number] = nil }
            }
        }
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in
                self.join(key, terms, number: number, ticket: ticket, waiter: waiter, work: work)
            }
        } onCancel: {
            self.leave(number)
        }
        guard let value = value as? Value else { throw CancellationError() }
        return value
    }

    private func join<Value: Sendable>(
        _ key: Key, _ terms: FlightTerms, number: UInt64, ticket: Ticket?, waiter: Waiter,
        work: @escaping @Sendable (FlightHandle) async throws -> Value
    ) {
        let failure = self.state.withLock { state -> (any Error)? in
            guard state.cancelled.remove(number) == nil else { return CancellationError() }
            let flight = Self.joinable(key, terms, state) ?? number
            if let ticket, state.flights[ticket.number] != nil {
                guard !Self.depends(key, on: ticket.number, state.flights) else { return Deadlock() }
                state.flights[ticket.number]?.awaited[number] = flight
            }
            if flight == number {
                state.flights[number] = Flight(key: key, terms: terms, task: self.begin(number, work))
                state.open[key] = number
            } else if state.flights[flight]?.phase != .storing {
                state.flights[flight]?.terms.add(terms)
            }
            state.flights[flight]?.waiters[number] = waiter
            state.joined[number] = flight
            return nil
        }
        if let failure { waiter.resume(throwing: failure) }
    }

    /// The flight whose result meets these terms.
    private static func joinable(_ key: Key, _ terms: FlightTerms, _ state: State) -> UInt64? {
        guard let number = state.open[key], let flight = state.flights[number] else { return nil }
        let isJoinable =
            switch flight.phase {
            case .waiting: true
            // A tag that was invalidated before this caller joins may be one that the computation has already read.
            case .computing: flight.terms.tags.isSuperset(of: terms.tags)
            case .storing: flight.terms.satisfy(terms)
            }
        return isJoinable ? number : nil
    }

    /// The work belongs to none of the requests that wait for it, but it holds the locks of the one that started it.
    private func begin<Value: Sendable>(
        _ number: UInt64, _ work: @escaping @Sendable (FlightHandle) async throws -> Value
    ) -> Task<Void, Never> {
        let held = HeldLocks.current
        let ticket = Ticket(owner: ObjectIdentifier(self), number: number)
        let handle = FlightHandle(flights: self, number: number)
        return Task.detached(priority: Task.currentPriority) {
            await HeldLocks.$current.withValue(held) {
                await Self.$current.withValue(ticket) {
                    do { self.land(number, .success(try await work(handle))) } catch { self.land(number, .failure(error)) }
                }
            }
        }
    }

    /// Whether a flight for the value of `key` waits for `flight`, directly or by way of others.
    private static func depends(_ key: Key, on flight: UInt64, _ flights: [UInt64: Flight]) -> Bool {
        var seen: Set<UInt64> = []
        var open = flights.filter { $0.value.key.isSameValue(as: key) }.map(\.key)
        while let next = open.popLast() {
            guard next != flight else { return true }
            guard seen.insert(next).inserted else { continue }
            open += flights[next].map { Array($0.awaited.values) } ?? []
        }
        return false
    }

    private func land(_ number: UInt64, _ result: Result<any Sendable, any Error>) {
        let flight = self.state.withLock { state in
            state.detach(number)
            return state.flights.removeValue(forKey: number)
        }
        guard let flight else { return }
        for waiter in flight.waiters.values { waiter.resume(with: result) }
        for changer in flight.changers { changer.resume() }
    }

    private func leave(_ number: UInt64) {
        let waiter = self.state.withLock { state -> Waiter? in
            guard let flight = state.joined[number] else {
                state.cancelled.insert(number)
                return nil
            }
            guard let waiter = state.flights[flight]?.waiters.removeValue(forKey: number) else { return nil }
            if state.flights[flight]?.waiters.isEmpty == true {
                state.detach(flight)
                state.flights[flight]?.task?.cancel()
            }
            return waiter
        }
        waiter?.resume(throwing: CancellationError())
    }

    // MARK: Changes

    /// Writes or removes entries by `body`. Once it has returned, callers get no value that was computed before, and no such value
    /// overwrites the new ones.
    func change<Result>(_ change: StorageChange, _ body: () async throws -> Result) async throws -> Result {
        let number = self.state.withLock { state in
            let number = state.nextNumber()
            state.changes[number] = change
            return number
        }
        defer {
            self.state.withLock { $0.changes[number] = nil }
            // Flights that began meanwhile may have read the old values.
            self.outdate(change)
        }
        for flight in self.outdate(change) { await self.waitForEnd(ofStoring: flight) }
        return try await body()
    }

    /// - Returns: the flights that are storing.
    @discardableResult
    private func outdate(_ change: StorageChange) -> [UInt64] {
        let (storing, handlers) = self.state.withLock { state -> ([UInt64], [@Sendable () -> Void]) in
            guard !state.flights.isEmpty else { return ([], []) }
            var (storing, handlers): ([UInt64], [@Sendable () -> Void]) = ([], [])
            for (number, flight) in state.flights where change.touches(flight.key, flight.terms.tags) {
                state.detach(number)
                if flight.phase == .storing { storing.append(number) }
                state.flights[number]?.isOutdated = true
                if let handler = flight.outdatedHandler { handlers.append(handler) }
                state.flights[number]?.outdatedHandler = nil
            }
            return (storing, handlers)
        }
        for handler in handlers { handler() }
        return storing
    }

    /// A store is not cancelled, and takes no longer than the timeout of a call to RoadRunner.
    private func waitForEnd(ofStoring flight: UInt64) async {
        await withCheckedContinuation { continuation in
            let isStoring = self.state.withLock { state in
                guard state.flights[flight]?.phase == .storing else { return false }
                state.flights[flight]?.changers.append(continuation)
                return true
            }
            if !isStoring { continuation.resume() }
        }
    }

    // MARK: Phases

    func takeTerms(_ number: UInt64) -> FlightTerms {
        self.state.withLock { state in
            state.flights[number]?.phase = .computing
            return state.flights[number]?.terms ?? FlightTerms()
        }
    }

    func beginStoring(_ number: UInt64) -> FlightTerms? {
        self.state.withLock { state in
            guard let flight = state.flights[number], !flight.isOutdated,
                !state.changes.values.contains(where: { $0.touches(flight.key, flight.terms.tags) })
            else { return nil }
            state.flights[number]?.phase = .storing
            return flight.terms
        }
    }

    func endStoring(_ number: UInt64) {
        let changers = self.state.withLock { state in
            state.flights[number]?.phase = .computing
            defer { state.flights[number]?.changers.removeAll() }
            return state.flights[number]?.changers ?? []
        }
        for changer in changers { changer.resume() }
    }

    func setOutdatedHandler(_ number: UInt64, _ handler: @escaping @Sendable () -> Void) {
        let isOutdated = self.state.withLock { state in
            guard let flight = state.flights[number], !flight.isOutdated else { return true }
            state.flights[number]?.outdatedHandler = handler
            return false
        }
        if isOutdated { handler() }
    }
}
