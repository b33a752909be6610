/// The state of an RPC connection: its phase, and the calls in flight. A value without I/O.
///
/// A sequence number identifies a call from its beginning to its response. It is never reused while RoadRunner may still respond to
/// it, since a number used twice crashes RoadRunner. An abandoned call's number stays reserved until RoadRunner responds, or until
/// the connection is replaced because of too many such calls.
package struct RPCStateMachine<Call> {
    package enum Connection: Hashable {
        /// No connection: none was needed yet, or it ended between calls.
        case idle
        /// An attempt is under way.
        case connecting
        /// A client that never had a connection will try again by itself.
        case retrying
        case open
        /// The last attempt failed. The next call after this time tries again.
        case down(until: UInt64, reason: String)
        case closed
    }

    package enum SendAction {
        /// The call waits for a connection, which must be made.
        case connect(UInt32)
        /// The call waits for the connection, which is being made.
        case wait(UInt32)
        case send(UInt32)
        case refuse(RPCError.Code, String)
    }

    package enum AfterFailure {
        /// Try again after this many nanoseconds; the calls keep waiting.
        case retry(after: UInt64)
        /// The calls have failed.
        case fail([Call])
    }

    package enum Received {
        case response(Call)
        /// The call was abandoned; its response is dropped.
        case lateResponse(Call)
        /// No call has this number.
        case unknown
    }

    private struct Slot {
        let call: Call
        let deadline: UInt64
        /// The time at which the call was abandoned.
        var abandonedAt: UInt64?
    }

    /// The calls that a connection leaves behind.
    package struct Remainder {
        /// The calls whose callers are waiting.
        package var waiting: [Call] = []
        /// The calls that were sent and then abandoned. RoadRunner may still carry them out, but their outcome is not reported.
        package var abandoned: [Call] = []
    }

    package private(set) var connection = Connection.idle
    private var slots: [UInt32: Slot] = [:]
    /// The calls that wait for the connection, in order.
    private var queue: [UInt32] = []
    private var lastSequenceNumber: UInt32
    private var backOff = BackOff()
    private var hasEverConnected = false
    /// Whether this connection has brought a response.
    private var hasResponded = false
    /// The time until which a client that never had a connection keeps its calls waiting.
    private var initialConnectEnds: UInt64?
    /// The number of slots of abandoned calls.
    private var abandonedCount = 0
    /// The time at which to check their ages again.
    private var nextLook: UInt64 = 0
    private let maximumCalls: Int
    private let initialConnectTimeout: UInt64
    private let abandonedLifetime: UInt64

    /// - Parameters:
    ///   - maximumCalls: the number of calls that may wait for a response.
    ///   - initialConnectTimeout: the nanoseconds that the very first calls wait for RoadRunner to listen, which starts its RPC and
    ///     its workers at the same time.
    ///   - abandonedLifetime: the nanoseconds after which the response to an abandoned call is no longer expected.
    ///   - lastSequenceNumber: the sequence number before the first.
    package init(
        maximumCalls: Int, initialConnectTimeout: UInt64, abandonedLifetime: UInt64 = 30_000_000_000,
        lastSequenceNumber: UInt32 = 0
    ) {
        self.maximumCalls = maximumCalls
        self.initialConnectTimeout = initialConnectTimeout
        self.abandonedLifetime = abandonedLifetime
        self.lastSequenceNumber = lastSequenceNumber
    }

    /// The number of calls to which RoadRunner may still respond, including abandoned ones.
    package var count: Int { self.slots.count }
    package var hasWaitingCalls: Bool { self.slots.count > self.abandonedCount }

    /// Whether half of all numbers are reserved by calls that were abandoned long ago: a plugin of RoadRunner does not respond, and
    /// would use up the numbers in time. Calls whose callers are waiting fail when the connection is replaced, so it is replaced
    /// only while there are none, unless no number is left.
    package mutating func isWornOut(now: UInt64) -> Bool {
        let many = max(1, self.maximumCalls / 2)
        guard self.connection == .open, self.abandonedCount >= many, now >= self.nextLook else { return false }
        guard !self.hasWaitingCalls || self.slots.count >= self.maximumCalls else { return false }
        let old = self.slots.values.count { slot in
            slot.abandonedAt.map { now >= $0 && now - $0 >= self.abandonedLifetime } ?? false
        }
        self.nextLook = now.addingReportingOverflow(self.abandonedLifetime / 16).partialValue
        return old >= many
    }

    package mutating func send(_ call: Call, deadline: UInt64, now: UInt64) -> SendAction {
        switch self.connection {
        case .closed:
            return .refuse(.closed, "the connection was closed, since the process is shutting down")
        case .down(let until, let reason) where now < until:
            return .refuse(.unreachable, reason)
        case _ where self.slots.count >= self.maximumCalls:
            return .refuse(.tooManyCalls, "\(self.maximumCalls) calls are already waiting for a response")
        case .idle, .down:
            self.connection = .connecting
            if self.initialConnectEnds == nil {
                self.initialConnectEnds = now.addingReportingOverflow(self.initialConnectTimeout).partialValue
            }
            return .connect(self.enqueue(call, deadline))
        case .connecting, .retrying:
            return .wait(self.enqueue(call, deadline))
        case .open:
            return .send(self.add(call, deadline))
        }
    }

    private mutating func enqueue(_ call: Call, _ deadline: UInt64) -> UInt32 {
        let number = self.add(call, deadline)
        self.queue.append(number)
        return number
    }

    private mutating func add(_ call: Call, _ deadline: UInt64) -> UInt32 {
        repeat { self.lastSequenceNumber &+= 1 } while self.slots[self.lastSequenceNumber] != nil
        self.slots[self.lastSequenceNumber] = Slot(call: call, deadline: deadline)
        return self.lastSequenceNumber
    }

    /// The connection was established.
    ///
    /// - Returns: the calls that must be sent now, in order; nil when the connection is no longer wanted.
    package mutating func connected() -> [(sequenceNumber: UInt32, call: Call)]? {
        guard self.connection == .connecting else { return nil }
        self.connection = .open
        self.nextLook = 0
        self.hasEverConnected = true
        self.hasResponded = false
        let queue = self.queue
        self.queue.removeAll()
        return queue.compactMap { number in self.slots[number].map { (number, $0.call) } }
    }

    package mutating func connectFailed(
        _ reason: String, now: UInt64, using random: inout some RandomNumberGenerator
    ) -> AfterFailure {
        guard self.connection == .connecting else { return .fail([]) }
        let wait = self.backOff.next(using: &random)
        let next = now.addingReportingOverflow(wait).partialValue
        if !self.hasEverConnected, let initialConnectEnds = self.initialConnectEnds, next < initialConnectEnds,
            !self.slots.isEmpty
        {
            self.connection = .retrying
            return .retry(after: wait)
        }
        self.connection = .down(until: next, reason: reason)
        return .fail(self.takeAll().waiting)
    }

    /// The delay before the next attempt has passed.
    ///
    /// - Returns: whether to connect.
    package mutating func retry() -> Bool {
        guard self.connection == .retrying else { return false }
        self.connection = .connecting
        return true
    }

    package mutating func received(_ number: UInt32) -> Received {
        guard self.connection == .open || self.connection == .closed, let slot = self.slots.removeValue(forKey: number) else {
            return .unknown
        }
        if !self.hasResponded {
            self.hasResponded = true
            self.backOff.reset()
        }
        guard slot.abandonedAt != nil else { return .response(slot.call) }
        self.abandonedCount -= 1
        return .lateResponse(slot.call)
    }

    /// A call could not be sent: no response can come, and this does not mean that the connection is broken.
    ///
    /// - Returns: the call, unless it was abandoned.
    package mutating func failedToSend(_ number: UInt32) -> Call? {
        guard let slot = self.slots.removeValue(forKey: number) else { return nil }
        guard slot.abandonedAt != nil else { return slot.call }
        self.abandonedCount -= 1
        return nil
    }

    /// Abandons a call. Once it was sent, its number stays reserved until RoadRunner responds.
    package mutating func cancel(_ number: UInt32, now: UInt64) {
        guard let slot = self.slots[number], slot.abandonedAt == nil else { return }
        if let index = self.queue.firstIndex(of: number) {
            self.queue.remove(at: index)
            self.slots[number] = nil
        } else {
            self.slots[number]?.abandonedAt = now
            self.abandonedCount += 1
        }
    }

    /// Abandons the calls whose deadline has passed.
    ///
    /// - Returns: those calls, and the deadline of the next one.
    package mutating func expire(now: UInt64) -> (expired: [Call], next: UInt64?) {
        var expired: [(sequenceNumber: UInt32, call: Call)] = []
        var next: UInt64?
        for (number, slot) in self.slots where slot.abandonedAt == nil {
            if slot.deadline <= now {
                expired.append((number, slot.call))
            } else {
                next = min(next ?? .max, slot.deadline)
            }
        }
        for (number, _) in expired { self.cancel(number, now: now) }
        return (expired.map(\.call), next)
    }

    /// The connection has ended. The next call makes a new one, after a delay if this one brought no response or broke.
    ///
    /// - Parameter isBroken: whether RoadRunner sent something that is not a response.
    /// - Returns: the calls that have no response because of it.
    package mutating func disconnected(
        _ reason: String, isBroken: Bool, now: UInt64, using random: inout some RandomNumberGenerator
    ) -> Remainder {
        if self.connection != .closed {
            if isBroken || !self.hasResponded {
                let until = now.addingReportingOverflow(self.backOff.next(using: &random)).partialValue
                self.connection = .down(until: until, reason: reason)
            } else {
                self.connection = .idle
            }
        }
        return self.takeAll()
    }

    /// Refuses new calls from now on. Calls that wait for a connection fail; calls that were sent may still get a response.
    package mutating func close() -> [Call] {
        self.connection = .closed
        let calls = self.queue.compactMap { self.slots.removeValue(forKey: $0)?.call }
        self.queue.removeAll()
        return calls
    }

    private mutating func takeAll() -> Remainder {
        var remainder = Remainder()
        for slot in self.slots.values {
            if slot.abandonedAt == nil { remainder.waiting.append(slot.call) } else { remainder.abandoned.append(slot.call) }
        }
        self.slots.removeAll()
        self.queue.removeAll()
        self.abandonedCount = 0
        return remainder
    }
}
