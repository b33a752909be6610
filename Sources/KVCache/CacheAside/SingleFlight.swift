import NIOConcurrencyHelpers

/// Work that several tasks want at once is done by one of them, so to speak: they share its result.
///
/// A task that is cancelled stops waiting; when none waits any more, the work is cancelled.
final class SingleFlight: Sendable {
    struct Key: Hashable, Sendable {
        let name: String
        let type: ObjectIdentifier
    }

    private typealias Waiter = CheckedContinuation<any Sendable, any Error>

    private struct Flight {
        let number: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var lastNumber: UInt64 = 0
        /// Those that were cancelled before they waited.
        var cancelled: Set<UInt64> = []
    }

    private let state = NIOLockedValueBox(State())

    func run<Value: Sendable>(_ name: String, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let key = Key(name: name, type: ObjectIdentifier(Value.self))
        let number = self.state.withLockedValue { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        defer { _ = self.state.withLockedValue { $0.cancelled.remove(number) } }
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in self.join(key, number, waiter, work) }
        } onCancel: {
            self.leave(key, number)
        }
        guard let value = value as? Value else { throw CancellationError() }
        return value
    }

    private func join<Value: Sendable>(
        _ key: Key, _ number: UInt64, _ waiter: Waiter, _ work: @escaping @Sendable () async throws -> Value
    ) {
        let isCancelled = self.state.withLockedValue { state in
            guard state.cancelled.remove(number) == nil else { return true }
            if state.flights[key] == nil {
                var flight = Flight(number: number)
                flight.task = Task {
                    do { self.land(key, number, .success(try await work())) } catch { self.land(key, number, .failure(error)) }
                }
                state.flights[key] = flight
            }
            state.flights[key]?.waiters[number] = waiter
            return false
        }
        if isCancelled { waiter.resume(throwing: CancellationError()) }
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
