import TestSupport
import Testing

@testable import RoadRunnerRuntime

private final class Instance: CustomStringConvertible {
    let number: Int
    init(_ number: Int) { self.number = number }
    var description: String { "\(self.number)" }
}

/// Compares random sequences of events with a model of the permitted leases and shutdowns.
@Suite struct KernelStateMachineTests {
    private struct Model {
        let overlaps: Bool
        var machine: KernelStateMachine<Instance>
        var built = 0
        /// The leases in use.
        var leases: [Instance] = []
        var resets: [(instance: Instance, id: UInt64)] = []
        var shutdowns: Set<Int> = []
        /// The attempts in flight, and the draining instances that cannot run twice.
        var attempts = 0
        var draining: [Instance] = []
        var waiting = 0
        var hasStopped = false
        var givenUpResets: Set<UInt64> = []

        init(overlaps: Bool) {
            self.overlaps = overlaps
            self.machine = KernelStateMachine(overlapsOnReboot: overlaps)
        }

        mutating func step(_ random: inout some RandomNumberGenerator) {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25:
                if let instance = self.machine.acquire() { self.leased(instance) }
            case 25..<35:
                switch self.machine.acquireOrWait() {
                case .lease(let instance): self.leased(instance)
                case .boot:
                    #expect(self.attempts == 0)
                    self.attempts += 1
                    self.waiting += 1
                case .wait: self.waiting += 1
                case .stopped: #expect(self.hasStopped)
                }
            case 35..<70:
                guard let index = self.leases.indices.randomElement(using: &random) else { return }
                let instance = self.leases.remove(at: index)
                let reason = Int.random(in: 0..<8, using: &random) == 0 ? "a reason" : nil
                self.perform(
                    self.machine.release(instance, reason: reason, isDemanded: .random(using: &random), hasResettables: true))
            case 70..<80:
                guard let reset = self.resets.popLast() else { return }
                self.perform(self.machine.resetEnded(reset.instance, reset.id))
            case 80..<83:
                if let effects = self.machine.giveUpReset() { self.perform(effects) }
            case 83..<86:
                self.perform(self.machine.requestReboot("a timer", isDemanded: .random(using: &random)))
            case 86..<95:
                guard self.attempts > 0 else { return }
                self.attempts -= 1
                if Int.random(in: 0..<4, using: &random) == 0 {
                    self.perform(self.machine.bootFailed(), isFailure: true)
                } else {
                    self.built += 1
                    self.perform(self.machine.booted(Instance(self.built)))
                }
            case 95..<99:
                if let instance = self.draining.popLast() {
                    self.perform(self.machine.drainLimitPassed(instance), isForced: true)
                }
            default:
                guard Int.random(in: 0..<30, using: &random) == 0 else { return }
                self.stop()
            }
        }

        private mutating func leased(_ instance: Instance) {
            #expect(!self.hasStopped)
            #expect(!self.shutdowns.contains(instance.number), "a lease on an instance that was shut down")
            #expect(instance === self.machine.current)
            self.leases.append(instance)
        }

        private mutating func perform(
            _ effects: KernelStateMachine<Instance>.Effects, isFailure: Bool = false, isForced: Bool = false
        ) {
            if let reset = effects.reset {
                #expect(!self.leases.contains { $0 === reset.instance }, "a reset during a lease")
                #expect(self.machine.acquire() == nil, "a lease during a reset")
                self.resets.append(reset)
            }
            for instance in [effects.shutdown, effects.replace].compactMap({ $0 }) {
                #expect(self.shutdowns.insert(instance.number).inserted, "\(instance) was shut down twice")
                #expect(isForced || !self.leases.contains { $0 === instance }, "shut down with a lease")
                #expect(instance !== self.machine.current)
            }
            if effects.replace != nil { self.attempts += 1 }
            switch effects.reboot {
            case nil: break
            case .overlapping:
                #expect(self.overlaps)
                self.attempts += 1
            case .draining(let instance, _):
                #expect(!self.overlaps)
                self.draining.append(instance)
            }
            #expect(self.attempts <= 1, "two kernels are built at once")
            if effects.wakesWaiters {
                while self.waiting > 0 {
                    if isFailure || self.hasStopped {
                        self.waiting = 0
                    } else if let instance = self.machine.acquire() {
                        self.waiting -= 1
                        self.leased(instance)
                    } else {
                        return
                    }
                }
            }
        }

        mutating func stop() {
            for instance in self.machine.stop() {
                #expect(self.shutdowns.insert(instance.number).inserted, "\(instance) was shut down twice")
            }
            self.hasStopped = true
            self.waiting = 0
            #expect(self.machine.isStopped)
        }

        /// Every built instance is shut down in the end, and no caller waits for ever.
        mutating func finish() {
            for _ in 0..<3 {
                while !self.leases.isEmpty {
                    let instance = self.leases.removeLast()
                    self.perform(self.machine.release(instance, reason: nil, isDemanded: false, hasResettables: true))
                }
                while let reset = self.resets.popLast() { self.perform(self.machine.resetEnded(reset.instance, reset.id)) }
                while self.attempts > 0 {
                    self.attempts -= 1
                    self.built += 1
                    self.perform(self.machine.booted(Instance(self.built)))
                }
            }
            while !self.leases.isEmpty || !self.resets.isEmpty || self.attempts > 0 { return self.finish() }
            #expect(self.waiting == 0, "a caller waits for ever")
            if !self.hasStopped { self.stop() }
            #expect(self.shutdowns == Set(1..<(self.built + 1)), "an instance was never shut down")
        }
    }

    /// An abandoned handler requests a reboot while the current instance has no leases.
    @Test func aRebootRequestedByARetiredLeaseBeginsAtOnce() throws {
        var machine = KernelStateMachine<Instance>(overlapsOnReboot: false)
        guard case .boot = machine.acquireOrWait() else {
            Issue.record("the first request boots")
            return
        }
        let first = Instance(1)
        _ = machine.booted(first)
        #expect(machine.acquire() === first)
        _ = machine.requestReboot("a reason", isDemanded: true)
        #expect(machine.drainLimitPassed(first).replace === first)
        let second = Instance(2)
        _ = machine.booted(second)
        let effects = machine.release(first, reason: "another reason", isDemanded: true, hasResettables: false)
        #expect(effects.replace === second)
    }

    @Test(arguments: [true, false]) func leasesAndShutdownsKeepTheInvariants(_ overlaps: Bool) {
        var random = SeededGenerator.forTest()
        for _ in 0..<2000 {
            var model = Model(overlaps: overlaps)
            for _ in 0..<Int.random(in: 1..<150, using: &random) { model.step(&random) }
            model.finish()
        }
    }

    @Test func aDemandDuringAReplacementFollows() throws {
        var machine = KernelStateMachine<Instance>(overlapsOnReboot: false)
        guard case .boot = machine.acquireOrWait() else { return #expect(Bool(false)) }
        let (first, second) = (Instance(1), Instance(2))
        #expect(machine.booted(first).wakesWaiters)
        #expect(machine.acquire() === first)
        let effects = machine.release(first, reason: "one", isDemanded: true, hasResettables: true)
        #expect(effects.replace === first)
        #expect(effects.reset == nil)
        #expect(machine.requestReboot("two", isDemanded: false).reboot == nil)
        #expect(machine.requestReboot("three", isDemanded: true).reboot == nil)
        // No lease is in use, so the next reboot need not wait.
        #expect(machine.booted(second).replace === second)
    }

    @Test func anAbandonedResetDoesNotEndAnother() throws {
        var machine = KernelStateMachine<Instance>(overlapsOnReboot: true)
        _ = machine.acquireOrWait()
        let instance = Instance(1)
        _ = machine.booted(instance)
        var ids: [UInt64] = []
        for _ in 0..<2 {
            _ = machine.acquire()
            let reset = machine.release(instance, reason: nil, isDemanded: false, hasResettables: true).reset
            ids.append(try #require(reset).id)
            if ids.count == 1 { #expect(machine.giveUpReset()?.wakesWaiters == true) }
        }
        #expect(!machine.resetEnded(instance, ids[0]).wakesWaiters)
        #expect(machine.acquire() == nil)
        #expect(machine.resetEnded(instance, ids[1]).wakesWaiters)
        #expect(machine.acquire() === instance)
    }
}
