import Goridge
import TestSupport
import Testing

@Suite struct RPCStateMachineTests {
    private typealias Machine = RPCStateMachine<Int>

    private static func open(maximumCalls: Int = 100, lastSequenceNumber: UInt32 = 0) -> Machine {
        var machine = Machine(maximumCalls: maximumCalls, initialConnectTimeout: 0, lastSequenceNumber: lastSequenceNumber)
        guard case .connect = machine.send(0, deadline: .max, now: 0) else { return machine }
        _ = machine.connected()
        _ = machine.received(lastSequenceNumber &+ 1)
        return machine
    }

    @Test func sequenceNumbersWrapAroundAndSkipThoseInFlight() throws {
        var machine = Self.open(lastSequenceNumber: .max - 2)
        guard case .send(.max) = machine.send(1, deadline: .max, now: 0) else { throw Unexpected() }
        guard case .send(0) = machine.send(2, deadline: .max, now: 0) else { throw Unexpected() }
        var wrapped = Self.open(lastSequenceNumber: .max - 1)
        guard case .send(0) = wrapped.send(1, deadline: .max, now: 0) else { throw Unexpected() }
        wrapped.cancel(0, now: 0)
        #expect(wrapped.count == 1)
        guard case .lateResponse(1) = wrapped.received(0) else { throw Unexpected() }
        guard case .unknown = wrapped.received(0) else { throw Unexpected() }
    }

    @Test func callsFailAtOnceWhileDown() throws {
        var random = SeededGenerator(seed: 1)
        var machine = Machine(maximumCalls: 10, initialConnectTimeout: 0)
        guard case .connect = machine.send(1, deadline: .max, now: 1000) else { throw Unexpected() }
        guard case .wait = machine.send(2, deadline: .max, now: 1000) else { throw Unexpected() }
        guard case .fail(let failed) = machine.connectFailed("refused", now: 1000, using: &random) else { throw Unexpected() }
        #expect(failed.sorted() == [1, 2])
        guard case .refuse(.unreachable, "refused") = machine.send(3, deadline: .max, now: 1001) else { throw Unexpected() }
        guard case .connect = machine.send(4, deadline: .max, now: 1000 + BackOff.shortest) else { throw Unexpected() }
    }

    @Test func theVeryFirstCallsWaitForRoadRunnerToListen() throws {
        var random = SeededGenerator(seed: 1)
        var machine = Machine(maximumCalls: 10, initialConnectTimeout: 1_000_000_000)
        guard case .connect = machine.send(1, deadline: .max, now: 0) else { throw Unexpected() }
        guard case .retry = machine.connectFailed("refused", now: 0, using: &random) else { throw Unexpected() }
        guard case .wait = machine.send(2, deadline: .max, now: 1) else { throw Unexpected() }
        let retries = machine.retry()
        #expect(retries)
        let calls = machine.connected()
        #expect(calls?.map(\.call) == [1, 2])
        // After the first connection, calls do not wait for RoadRunner.
        let lost = machine.disconnected("gone", isBroken: false, now: 2, using: &random)
        #expect(lost.waiting.sorted() == [1, 2])
        guard case .refuse(.unreachable, _) = machine.send(3, deadline: .max, now: 3) else { throw Unexpected() }
    }

    @Test func waitsGrowToTwoSeconds() {
        var random = SeededGenerator.forTest()
        for _ in 0..<100 {
            var backOff = BackOff()
            for failure in 0..<50 {
                let wait = backOff.next(using: &random)
                let whole = min(BackOff.shortest << UInt64(min(failure, 7)), BackOff.longest)
                #expect((whole / 2...whole).contains(wait))
            }
        }
    }

    @Test func tooManyCallsAreRefused() throws {
        var machine = Self.open(maximumCalls: 2)
        guard case .send(let first) = machine.send(1, deadline: .max, now: 0) else { throw Unexpected() }
        guard case .send = machine.send(2, deadline: .max, now: 0) else { throw Unexpected() }
        // An abandoned call still counts: RoadRunner may still answer it.
        machine.cancel(first, now: 0)
        guard case .refuse(.tooManyCalls, _) = machine.send(3, deadline: .max, now: 0) else { throw Unexpected() }
        _ = machine.received(first)
        guard case .send = machine.send(4, deadline: .max, now: 0) else { throw Unexpected() }
    }

    private static let second: UInt64 = 1_000_000_000

    /// A plugin that never responds must not block calls of the others.
    @Test func aConnectionThatIsWornOutIsReplaced() throws {
        for isBusy in [false, true] {
            var machine = Self.open(maximumCalls: 8)
            for call in 1...4 {
                guard case .send(let number) = machine.send(call, deadline: .max, now: 0) else { throw Unexpected() }
                machine.cancel(number, now: UInt64(call))
            }
            let isWornOutEarly = machine.isWornOut(now: 20 * Self.second)
            #expect(!isWornOutEarly, "the abandoned calls are not old")
            guard case .send(let last) = machine.send(5, deadline: .max, now: 0) else { throw Unexpected() }
            let isWornOutBusy = machine.isWornOut(now: 40 * Self.second)
            #expect(!isWornOutBusy, "a call is waiting")
            if isBusy {
                for call in 6...8 { guard case .send = machine.send(call, deadline: .max, now: 0) else { throw Unexpected() } }
            } else {
                _ = machine.received(last)
            }
            let isWornOut = machine.isWornOut(now: 50 * Self.second)
            #expect(isWornOut)
            var random = SeededGenerator(seed: 1)
            let remainder = machine.disconnected("worn out", isBroken: false, now: 50 * Self.second, using: &random)
            #expect(remainder.abandoned.sorted() == [1, 2, 3, 4])
            #expect(remainder.waiting.sorted() == (isBusy ? [5, 6, 7, 8] : []))
            guard case .connect = machine.send(9, deadline: .max, now: 50 * Self.second) else { throw Unexpected() }
            let isNewOneWornOut = machine.isWornOut(now: 90 * Self.second)
            #expect(!isNewOneWornOut)
        }
        // A few abandoned calls do not wear a connection out.
        var machine = Self.open(maximumCalls: 8)
        for call in 1...3 {
            guard case .send(let number) = machine.send(call, deadline: .max, now: 0) else { throw Unexpected() }
            machine.cancel(number, now: 0)
        }
        let isWornOut = machine.isWornOut(now: 90 * Self.second)
        #expect(!isWornOut)
    }

    /// A failed write does not prove that RoadRunner is alive.
    @Test func aFailedWriteIsNotAResponse() throws {
        var random = SeededGenerator(seed: 1)
        var machine = Machine(maximumCalls: 10, initialConnectTimeout: 0)
        guard case .connect(let number) = machine.send(1, deadline: .max, now: 0) else { throw Unexpected() }
        _ = machine.connected()
        let (failed, again) = (machine.failedToSend(number), machine.failedToSend(number))
        #expect(failed == 1 && again == nil)
        #expect(machine.count == 0)
        _ = machine.disconnected("gone", isBroken: false, now: 0, using: &random)
        // A connection without any response is not replaced at once.
        guard case .refuse(.unreachable, "gone") = machine.send(2, deadline: .max, now: 1) else { throw Unexpected() }
    }

    /// Compares random events with a model of RoadRunner's pending calls.
    @Test func randomEvents() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2_000 {
            var world = World(random: random)
            try world.run(events: 60)
            random = world.random
        }
    }

    private struct World {
        var random: SeededGenerator
        var machine = Machine(
            maximumCalls: 8, initialConnectTimeout: 500_000_000, abandonedLifetime: 200_000_000, lastSequenceNumber: .max - 5)
        var now: UInt64 = 0
        var nextCall = 1
        /// Calls without an outcome, by number.
        var waiting: [Int: UInt32] = [:]
        var deadlines: [Int: UInt64] = [:]
        /// The calls that RoadRunner has and has not answered.
        var atRoadRunner: [UInt32: Int] = [:]
        /// The times at which calls were abandoned that RoadRunner has not answered.
        var abandoned: [Int: UInt64] = [:]

        init(random: SeededGenerator) { self.random = random }

        mutating func run(events: Int) throws {
            for _ in 0..<events {
                self.now += UInt64.random(in: 0...50_000_000, using: &self.random)
                switch Int.random(in: 0..<12, using: &self.random) {
                case 0..<4: try self.begin()
                case 4..<6: try self.answer()
                case 6: if let call = self.waiting.keys.sorted().randomElement(using: &self.random) { self.cancel(call) }
                case 7: try self.expire()
                case 8: try self.finishConnecting(succeeds: true)
                case 9: try self.finishConnecting(succeeds: false)
                case 10: if self.machine.retry() { #expect(self.machine.connection == .connecting) }
                default: try self.disconnect()
                }
                try self.replaceIfWornOut()
                #expect(self.machine.hasWaitingCalls == !self.waiting.isEmpty)
            }
            for call in self.machine.close() { try self.end(call) }
            guard case .refuse(.closed, _) = self.machine.send(0, deadline: .max, now: self.now) else { throw Unexpected() }
            let remainder = self.machine.disconnected("", isBroken: false, now: self.now, using: &self.random)
            for call in remainder.waiting { try self.end(call) }
            #expect(self.waiting.isEmpty)
        }

        mutating func end(_ call: Int) throws {
            guard self.waiting.removeValue(forKey: call) != nil else { throw Unexpected() }
        }

        mutating func send(_ number: UInt32, _ call: Int) {
            #expect(self.atRoadRunner[number] == nil, "a number in flight was used again")
            self.atRoadRunner[number] = call
        }

        mutating func begin() throws {
            let call = self.nextCall
            self.nextCall += 1
            let deadline = self.now + UInt64.random(in: 1...400_000_000, using: &self.random)
            self.deadlines[call] = deadline
            switch self.machine.send(call, deadline: deadline, now: self.now) {
            case .connect(let number), .wait(let number): self.waiting[call] = number
            case .send(let number):
                self.waiting[call] = number
                self.send(number, call)
            case .refuse: break
            }
        }

        mutating func answer() throws {
            guard let number = self.atRoadRunner.keys.sorted().randomElement(using: &self.random) else {
                guard case .unknown = self.machine.received(99) else { throw Unexpected() }
                return
            }
            let call = self.atRoadRunner.removeValue(forKey: number)
            switch self.machine.received(number) {
            case .response(let answered):
                #expect(answered == call)
                try self.end(answered)
            case .lateResponse(let answered):
                #expect(answered == call)
                #expect(self.abandoned.removeValue(forKey: answered) != nil)
                #expect(self.waiting[answered] == nil)
            case .unknown: throw Unexpected()
            }
        }

        mutating func cancel(_ call: Int) {
            guard let number = self.waiting.removeValue(forKey: call) else { return }
            self.machine.cancel(number, now: self.now)
            if self.atRoadRunner[number] != nil { self.abandoned[call] = self.now }
        }

        mutating func replaceIfWornOut() throws {
            guard self.machine.isWornOut(now: self.now) else { return }
            let old = self.abandoned.values.count { $0 + 200_000_000 <= self.now }
            #expect(old >= 4)
            #expect(self.waiting.isEmpty || self.machine.count == 8)
            try self.disconnect()
        }

        mutating func expire() throws {
            let (expired, next) = self.machine.expire(now: self.now)
            for call in expired {
                #expect(self.deadlines[call, default: .max] <= self.now)
                if let number = self.waiting[call], self.atRoadRunner[number] != nil { self.abandoned[call] = self.now }
                try self.end(call)
            }
            #expect(self.waiting.keys.compactMap { self.deadlines[$0] }.min() == next)
        }

        mutating func finishConnecting(succeeds: Bool) throws {
            guard self.machine.connection == .connecting else { return }
            if succeeds {
                for (number, call) in self.machine.connected() ?? [] { self.send(number, call) }
                #expect(self.machine.connection == .open)
            } else if case .fail(let calls) = self.machine.connectFailed("no", now: self.now, using: &self.random) {
                for call in calls { try self.end(call) }
                #expect(self.waiting.isEmpty)
            }
        }

        mutating func disconnect() throws {
            guard self.machine.connection == .open else { return }
            let remainder = self.machine.disconnected("gone", isBroken: .random(), now: self.now, using: &self.random)
            for call in remainder.waiting { try self.end(call) }
            #expect(self.waiting.isEmpty)
            #expect(remainder.abandoned.sorted() == self.abandoned.keys.sorted())
            self.abandoned.removeAll()
            self.atRoadRunner.removeAll()
        }
    }

    private struct Unexpected: Error {}
}
