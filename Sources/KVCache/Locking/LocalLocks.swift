import DequeModule
import Goridge
import Synchronization

/// Locks among the tasks of this process, with RoadRunner's rules: they expire, and are granted in order.
final class LocalLocks: Sendable {
    private struct Holder {
        let id: String
        let number: UInt64
        let timer: Task<Void, Never>
    }

    private struct Waiter {
        let id: String
        let holding: Duration
        let waiting: Duration
        let continuation: CheckedContinuation<Bool, Never>
        /// Started once the waiter is queued, so that the timer finds it.
        var timer: Task<Void, Never>?
    }

    private struct State {
        var holders: [ExactString: Holder] = [:]
        var waiters: [ExactString: Deque<Waiter>] = [:]
        /// The waiters that were cancelled before they waited.
        var cancelled: Set<String> = []
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - id: an id that no other caller uses.
    ///   - waiting: how long to wait; zero tries once.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        let resource = ExactString(resource)
        let isHeld = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.wait(Waiter(id: id, holding: holding, waiting: waiting, continuation: continuation), for: resource)
            }
        } onCancel: {
            self.cancel(resource, id)
        }
        _ = self.state.withLock { $0.cancelled.remove(id) }
        if !isHeld { try Task.checkCancellation() }
        return isHeld
    }

    /// - Returns: whether this caller held it.
    @discardableResult
    func unlock(_ resource: String, id: String) -> Bool { self.unlock(ExactString(resource), id) }

    /// - Returns: whether this caller holds it.
    func renew(_ resource: String, id: String, holding: Duration) -> Bool {
        let resource = ExactString(resource)
        return self.state.withLock { state in
            guard let holder = state.holders[resource], holder.id == id else { return false }
            holder.timer.cancel()
            self.hold(resource, for: id, lease: holding, &state)
            return true
        }
    }

    @discardableResult
    private func unlock(_ resource: ExactString, _ id: String) -> Bool {
        let (isReleased, next) = self.state.withLock { state -> (Bool, Waiter?) in
            guard let holder = state.holders[resource], holder.id == id else { return (false, nil) }
            holder.timer.cancel()
            state.holders[resource] = nil
            return (true, self.takeNext(resource, &state))
        }
        next?.continuation.resume(returning: true)
        return isReleased
    }

    private func wait(_ waiter: Waiter, for resource: ExactString) {
        let answer = self.state.withLock { state -> Bool? in
            if state.cancelled.contains(waiter.id) { return false }
            if state.holders[resource] == nil {
                self.hold(resource, for: waiter.id, lease: waiter.holding, &state)
                return true
            }
            guard waiter.waiting > .zero else { return false }
            var waiter = waiter
            waiter.timer = Self.timer(waiter.waiting) { [id = waiter.id] in self.giveUp(resource, id) }
            state.waiters[resource, default: []].append(waiter)
            return nil
        }
        if let answer { waiter.continuation.resume(returning: answer) }
    }

    private func hold(_ resource: ExactString, for id: String, lease holding: Duration, _ state: inout State) {
        let number = state.nextNumber
        state.nextNumber &+= 1
        let timer = Self.timer(holding) { self.expire(resource, number) }
        state.holders[resource] = Holder(id: id, number: number, timer: timer)
    }

    /// - Parameter number: identifies the lease that ends: the lock may have been renewed meanwhile.
    private func expire(_ resource: ExactString, _ number: UInt64) {
        let next = self.state.withLock { state -> Waiter? in
            guard state.holders[resource]?.number == number else { return nil }
            state.holders[resource] = nil
            return self.takeNext(resource, &state)
        }
        next?.continuation.resume(returning: true)
    }

    private static func timer(_ duration: Duration, _ action: @escaping @Sendable () -> Void) -> Task<Void, Never> {
        Task.detached {
            try? await Task.sleep(for: duration.clamped())
            if !Task.isCancelled { action() }
        }
    }

    private func takeNext(_ resource: ExactString, _ state: inout State) -> Waiter? {
        guard var waiters = state.waiters[resource], !waiters.isEmpty else { return nil }
        let next = waiters.removeFirst()
        next.timer?.cancel()
        state.waiters[resource] = waiters.isEmpty ? nil : waiters
        self.hold(resource, for: next.id, lease: next.holding, &state)
        return next
    }

    private func giveUp(_ resource: ExactString, _ id: String) {
        self.takeWaiter(resource, id)?.continuation.resume(returning: false)
    }

    private func cancel(_ resource: ExactString, _ id: String) {
        _ = self.state.withLock { $0.cancelled.insert(id) }
        self.giveUp(resource, id)
    }

    private func takeWaiter(_ resource: ExactString, _ id: String) -> Waiter? {
        self.state.withLock { state in
            guard let index = state.waiters[resource]?.firstIndex(where: { $0.id == id }) else { return nil }
            let waiter = state.waiters[resource]?.remove(at: index)
            waiter?.timer?.cancel()
            if state.waiters[resource]?.isEmpty == true { state.waiters[resource] = nil }
            return waiter
        }
    }
}
