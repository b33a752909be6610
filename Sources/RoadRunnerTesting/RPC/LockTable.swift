import Goridge
import RoadRunnerAPI

/// Write locks, as in RoadRunner's `lock` plugin. Confined to the loop.
///
/// Source: RoadRunner's documentation, "Lock", and recordings of v2025.1.15. Read locks are not implemented.
final class LockTable {
    private typealias Name = ExactString

    private struct Holder {
        let id: Name
        var timer: TimerHeap.Token
    }

    private struct Waiter {
        let number: UInt64
        let id: Name
        let ttl: Int64
        let timer: TimerHeap.Token
        let answer: (Bool) -> Void
    }

    private let loop: PollEventLoop
    /// Called when RoadRunner would crash outside of a call: when a lock goes to the next waiter.
    private let crash: () -> Void
    private var holders: [Name: Holder] = [:]
    private var waiters: [Name: [Waiter]] = [:]
    /// Resources that were ever locked: RoadRunner keeps them for ever, and they can be released by force repeatedly.
    private var names: Set<Name> = []
    private var lastNumber: UInt64 = 0

    /// The names of the resources.
    var known: Set<String> { Set(self.names.map(\.text)) }

    init(loop: PollEventLoop, crash: @escaping () -> Void) {
        self.loop = loop
        self.crash = crash
    }

    func lock(_ request: LockRequest, answer: @escaping (Bool) -> Void) throws {
        let (resource, id) = (Name(request.resource), Name(request.id))
        self.names.insert(resource)
        guard self.holders[resource] != nil else {
            try self.hold(resource, id, request.ttl)
            return answer(true)
        }
        self.lastNumber += 1
        let number = self.lastNumber
        // Without a wait RoadRunner tries for a millisecond; a negative wait is over at once.
        let wait = request.wait == 0 ? 1_000_000 : Self.nanoseconds(request.wait) ?? 0
        let timer = self.loop.schedule(after: wait) { [weak self] in self?.giveUp(number, resource) }
        self.waiters[resource, default: []].append(
            Waiter(number: number, id: id, ttl: request.ttl, timer: timer, answer: answer))
    }

    func release(_ request: LockRequest) -> Bool {
        let resource = Name(request.resource)
        guard self.holders[resource]?.id == Name(request.id) else { return false }
        self.free(resource)
        return true
    }

    func forceRelease(_ request: LockRequest) -> Bool {
        let resource = Name(request.resource)
        guard self.names.contains(resource) else { return false }
        self.free(resource)
        return true
    }

    func exists(_ request: LockRequest) -> Bool {
        guard let holder = self.holders[Name(request.resource)] else { return false }
        return request.id == "*" || Name(request.id) == holder.id
    }

    func updateTTL(_ request: LockRequest) throws -> Bool {
        let (resource, id) = (Name(request.resource), Name(request.id))
        guard let holder = self.holders[resource], holder.id == id else { return false }
        self.loop.cancel(holder.timer)
        try self.hold(resource, id, request.ttl)
        return true
    }

    private func hold(_ resource: Name, _ id: Name, _ ttl: Int64) throws(MemoryDriver.Crash) {
        // RoadRunner's ticker panics unless its interval is positive.
        guard let length = ttl == 0 ? 31_555_952_000_000_000 : Self.nanoseconds(ttl) else { throw MemoryDriver.Crash() }
        let timer = self.loop.schedule(after: length) { [weak self] in self?.free(resource) }
        self.holders[resource] = Holder(id: id, timer: timer)
    }

    /// Multiplies as Go does, in 64 bits that overflow silently.
    ///
    /// - Returns: nil unless the result is positive.
    private static func nanoseconds(_ microseconds: Int64) -> UInt64? {
        let nanoseconds = microseconds &* 1000
        return nanoseconds > 0 ? UInt64(nanoseconds) : nil
    }

    private func free(_ resource: Name) {
        if let holder = self.holders.removeValue(forKey: resource) { self.loop.cancel(holder.timer) }
        guard let next = self.waiters[resource]?.first else { return }
        self.waiters[resource]?.removeFirst()
        self.loop.cancel(next.timer)
        do { try self.hold(resource, next.id, next.ttl) } catch { return self.crash() }
        next.answer(true)
    }

    private func giveUp(_ number: UInt64, _ resource: Name) {
        guard let index = self.waiters[resource]?.firstIndex(where: { $0.number == number }) else { return }
        self.waiters[resource]?.remove(at: index).answer(false)
    }

    /// Removes all locks, as when RoadRunner exits: they live in its memory.
    func removeAll() {
        for holder in self.holders.values { self.loop.cancel(holder.timer) }
        for waiter in self.waiters.values.joined() { self.loop.cancel(waiter.timer) }
        self.holders.removeAll()
        self.waiters.removeAll()
        self.names.removeAll()
    }
}
