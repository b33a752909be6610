import NIOConcurrencyHelpers

/// Locks among the tasks of this process, with the rules of RoadRunner's: they end by themselves, and are had in turn.
final class LocalLocks: Sendable {
    private struct Holder {
        let id: String
        let timer: Task<Void, Never>
    }

    private struct Waiter {
        let id: String
        let holding: Duration
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var holders: [String: Holder] = [:]
        var waiters: [String: [Waiter]] = [:]
        /// Those that were cancelled before they waited.
        var cancelled: Set<String> = []
    }

    private let state = NIOLockedValueBox(State())

    /// - Parameter id: one that no other caller uses.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        let timer = Task {
            try? await Task.sleep(for: max(waiting, .milliseconds(1)))
            if !Task.isCancelled { self.giveUp(resource, id) }
        }
        defer { timer.cancel() }
        let isHeld = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.wait(Waiter(id: id, holding: holding, continuation: continuation), for: resource)
            }
        } onCancel: {
            self.cancel(resource, id)
        }
        _ = self.state.withLockedValue { $0.cancelled.remove(id) }
        if !isHeld { try Task.checkCancellation() }
        return isHeld
    }

    func unlock(_ resource: String, id: String) {
        let next = self.state.withLockedValue { state -> Waiter? in
            guard let holder = state.holders[resource], holder.id == id else { return nil }
            holder.timer.cancel()
            state.holders[resource] = nil
            return self.takeNext(resource, &state)
        }
        next?.continuation.resume(returning: true)
    }

    private func wait(_ waiter: Waiter, for resource: String) {
        let answer = self.state.withLockedValue { state -> Bool? in
            if state.cancelled.contains(waiter.id) { return false }
            if state.holders[resource] == nil {
                self.hold(resource, waiter, &state)
                return true
            }
            state.waiters[resource, default: []].append(waiter)
            return nil
        }
        if let answer { waiter.continuation.resume(returning: answer) }
    }

    private func hold(_ resource: String, _ waiter: Waiter, _ state: inout State) {
        let timer = Task {
            try? await Task.sleep(for: waiter.holding)
            if !Task.isCancelled { self.unlock(resource, id: waiter.id) }
        }
        state.holders[resource] = Holder(id: waiter.id, timer: timer)
    }

    private func takeNext(_ resource: String, _ state: inout State) -> Waiter? {
        guard var waiters = state.waiters[resource], !waiters.isEmpty else { return nil }
        let next = waiters.removeFirst()
        state.waiters[resource] = waiters.isEmpty ? nil : waiters
        self.hold(resource, next, &state)
        return next
    }

    private func giveUp(_ resource: String, _ id: String) { self.takeWaiter(resource, id)?.continuation.resume(returning: false) }

    private func cancel(_ resource: String, _ id: String) {
        _ = self.state.withLockedValue { $0.cancelled.insert(id) }
        self.giveUp(resource, id)
    }

    private func takeWaiter(_ resource: String, _ id: String) -> Waiter? {
        self.state.withLockedValue { state in
            guard let index = state.waiters[resource]?.firstIndex(where: { $0.id == id }) else { return nil }
            let waiter = state.waiters[resource]?.remove(at: index)
            if state.waiters[resource]?.isEmpty == true { state.waiters[resource] = nil }
            return waiter
        }
    }
}
