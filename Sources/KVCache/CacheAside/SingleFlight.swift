import NIOConcurrencyHelpers

/// Work that several tasks want at once is done by one of them, so to speak: they share its result.
///
/// A task that is cancelled stops waiting; when none waits any more, the work is cancelled.
final class SingleFlight: Sendable {
    /// Why a value is computed. Flights of different kinds are not shared: one that holds a lock must not wait for one that waits for a
    /// lock.
    enum Kind: Sendable, Hashable {
        case miss, missBelowLock, missBelowStripe, early

        static func miss(_ held: HeldLocks) -> Kind {
            held.hasStripe ? .missBelowStripe : held.isEmpty ? .miss : .missBelowLock
        }
    }

    struct Key: Hashable, Sendable {
        let name: String
        let type: ObjectIdentifier
        let kind: Kind

        func isSameValue(as other: Key) -> Bool { self.name == other.name && self.type == other.type }
    }

    /// The flight would wait for itself.
    struct Deadlock: Error {}

    /// The flight that the current task works for.
    private struct Ticket: Sendable {
        let owner: ObjectIdentifier
        let key: Key
        let number: UInt64
    }

    @TaskLocal private static var current: Ticket?

    private typealias Waiter = CheckedContinuation<any Sendable, any Error>

    private struct Flight {
        let number: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter] = [:]
        /// The flights whose results its work waits for, by the waiter's number.
        var awaited: [UInt64: Key] = [:]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var lastNumber: UInt64 = 0
        /// Those that were cancelled before they waited.
        var cancelled: Set<UInt64> = []
    }

    private let state = NIOLockedValueBox(State())

    /// - Throws: ``Deadlock`` when `work`, or something that it waits for, asks for the same value; what `work` throws.
    func run<Value: Sendable>(
        _ name: String, _ kind: Kind, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let key = Key(name: name, type: ObjectIdentifier(Value.self), kind: kind)
        let ticket = Self.current.flatMap { $0.owner == ObjectIdentifier(self) ? $0 : nil }
        let number = self.state.withLockedValue { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        defer {
            self.state.withLockedValue { state in
                state.cancelled.remove(number)
                if let ticket, state.flights[ticket.key]?.number == ticket.number {
                    state.flights[ticket.key]?.awaited[number] = nil
                }
            }
        }
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in self.join(key, number, ticket, waiter, work) }
        } onCancel: {
            self.leave(key, number)
        }
        guard let value = value as? Value else { throw CancellationError() }
        return value
    }

    private func join<Value: Sendable>(
        _ key: Key, _ number: UInt64, _ ticket: Ticket?, _ waiter: Waiter, _ work: @escaping @Sendable () async throws -> Value
    ) {
        let failure = self.state.withLockedValue { state -> (any Error)? in
            guard state.cancelled.remove(number) == nil else { return CancellationError() }
            if let ticket, state.flights[ticket.key]?.number == ticket.number {
                guard !Self.depends(key, on: ticket.key, state.flights) else { return Deadlock() }
                state.flights[ticket.key]?.awaited[number] = key
            }
            if state.flights[key] == nil {
                var flight = Flight(number: number)
                flight.task = self.begin(key, number, work)
                state.flights[key] = flight
            }
            state.flights[key]?.waiters[number] = waiter
            return nil
        }
        if let failure { waiter.resume(throwing: failure) }
    }

    /// The work is part of none of the requests that wait for it, but it holds the locks of the one that began it.
    private func begin<Value: Sendable>(
        _ key: Key, _ number: UInt64, _ work: @escaping @Sendable () async throws -> Value
    ) -> Task<Void, Never> {
        let held = HeldLocks.current
        let ticket = Ticket(owner: ObjectIdentifier(self), key: key, number: number)
        return Task.detached(priority: Task.currentPriority) {
            await HeldLocks.$current.withValue(held) {
                await Self.$current.withValue(ticket) {
                    do { self.land(key, number, .success(try await work())) } catch { self.land(key, number, .failure(error)) }
                }
            }
        }
    }

    /// Whether a flight for the value of `key` waits for `flight`, itself or by way of others.
    private static func depends(_ key: Key, on flight: Key, _ flights: [Key: Flight]) -> Bool {
        var seen: Set<Key> = []
        var open = flights.keys.filter { $0.isSameValue(as: key) }
        while let next = open.popLast() {
            guard next != flight else { return true }
            guard seen.insert(next).inserted else { continue }
            open += flights[next].map { Array($0.awaited.values) } ?? []
        }
        return false
    }

    private func land(_ key: Key, _ number: UInt64, _ result: Result<any Sendable, any Error>) {
        let waiters = self.state.withLockedValue { state in
            // After all had left another flight may have begun.
            guard state.flights[key]?.number == number else { return [Waiter]() }
            return state.flights.removeValue(forKey: key).map { Array($0.waiters.values) } ?? []
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    private func leave(_ key: Key, _ number: UInt64) {
        let waiter = self.state.withLockedValue { state -> Waiter? in
            guard let waiter = state.flights[key]?.waiters.removeValue(forKey: number) else {
                state.cancelled.insert(number)
                return nil
            }
            if state.flights[key]?.waiters.isEmpty == true {
                state.flights.removeValue(forKey: key)?.task?.cancel()
            }
            return waiter
        }
        waiter?.resume(throwing: CancellationError())
    }
}
