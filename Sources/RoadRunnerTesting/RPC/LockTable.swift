import Goridge
import RoadRunnerAPI

/// Write locks as RoadRunner's `lock` plugin keeps them. Its state belongs to the loop.
///
/// Source: RoadRunner's documentation, "Lock", and recordings of v2025.1.15. Read locks are left out.
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
    /// Told of what ends RoadRunner while nobody's call is answered: a lock that goes to the next one.
    private let crash: () -> Void
    private var holders: [Name: Holder] = [:]
    private var waiters: [Name: [Waiter]] = [:]
    /// Resources that were locked at some time: RoadRunner keeps them for ever, and they can be released by force, over and over.
    private var names: Set<Name> = []
    private var lastNumber: UInt64 = 0

    /// Their names.
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
        // Without a wait it is tried for a millisecond; one that is negative is over.
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
        // RoadRunner's ticker panics when its interval is not positive.
        guard let length = ttl == 0 ? 31_555_952_000_000_000 : Self.nanoseconds(ttl) else { throw MemoryDriver.Crash() }
        let timer = self.loop.schedule(after: length) { [weak self] in self?.free(resource) }
        self.holders[resource] = Holder(id: id, timer: timer)
    }

    /// As Go multiplies, in 64 bits that overflow without a word.
    ///
    /// - Returns: nil for what is not positive.
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

    /// As when RoadRunner ends: locks live in its memory.
    func removeAll() {
        for holder in self.holders.values { self.loop.cancel(holder.timer) }
        for waiter in self.waiters.values.joined() { self.loop.cancel(waiter.timer) }
        self.holders.removeAll()
        self.waiters.removeAll()
        self.names.removeAll()
    }
}
