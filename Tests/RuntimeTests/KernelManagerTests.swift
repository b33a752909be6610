import Configuration
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerRuntime

@Suite(.timeLimit(.minutes(1))) struct KernelManagerTests {
    private let probe = Probe()
    private let lines = LogLines()

    private func manager<Mode: Overlap>(
        _ overlap: Mode.Type, mode: WorkerMode? = .http, policy: RebootPolicy? = nil,
        _ change: (inout KernelLimits) -> Void = { _ in }
    ) -> KernelManager<Int> {
        var options = RuntimeOptions()
        options.rebootPolicy = policy
        options.kernelLimits.probation = .zero
        options.kernelLimits.serviceShutdown = .seconds(20)
        change(&options.kernelLimits)
        let probe = self.probe
        let launch = LaunchContext(
            options: options, configuration: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: [:])),
            logger: self.lines.logger, relay: RelayEnvironment(), standardStreams: nil,
            observers: [
                Observer(KernelRebooted.self) { probe.note("rebooted: \($0.reason)") },
                Observer(ExceptionThrown.self) { probe.note("thrown \($0.phase)") },
            ])
        return KernelManager(mode: mode, launch: launch) { boot in
            try await ProbedKernel<Mode>(boot, probe)
        } prepare: { kernel, _ in
            kernel.number
        }
    }

    private let demanded = Outcome.reboot("as asked")

    @Test func concurrentRequestsBootOneKernel() async throws {
        let gate = Gate()
        self.probe.set { $0.onBuild = { _ in await gate.waitEvenIfCancelled() } }
        let manager = self.manager(WithOverlap.self)
        #expect(manager.acquire() == nil)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await manager.acquireWhenReady().served } }
            await self.probe.wait(for: "build 1 for none")
            gate.open()
            for try await number in group { #expect(number == 1) }
        }
        #expect(manager.acquire()?.served == 1)
        #expect(self.probe.state.withLock { $0.builds } == 1)
    }

    @Test func aFailedBootIsRetriedByTheNextRequest() async throws {
        self.probe.set { $0.failsBuilds = 1...2 }
        let manager = self.manager(WithOverlap.self, mode: nil)
        for _ in 0..<2 {
            await #expect(throws: ProbedKernel<WithOverlap>.Failed.self) { try await manager.acquireWhenReady() }
        }
        #expect(try await manager.acquireWhenReady().served == 3)
        #expect(self.probe.log.count { $0 == "thrown boot" } == 2)
    }

    /// A boot caused by a request, and its services, do not inherit the request's task-local values.
    @Test func kernelsAreBuiltOutsideOfRequests() async throws {
        let manager = self.manager(WithOverlap.self)
        try await Probe.$request.withValue("request") {
            let instance = try await manager.acquireWhenReady()
            _ = manager.release(instance, self.demanded)
            await self.probe.wait(for: "rebooted: as asked")
        }
        await self.probe.wait(for: "service 2 runs for none")
        #expect(!self.probe.log.contains { $0.contains("request") })
    }

    @Test func noRequestWaitsForAReboot() async throws {
        let gate = Gate()
        self.probe.set { $0.onBuild = { if $0 == 2 { await gate.waitEvenIfCancelled() } } }
        let manager = self.manager(WithOverlap.self)
        let first = try await manager.acquireWhenReady()
        let other = try #require(manager.acquire())
        _ = manager.release(first, self.demanded)
        await self.probe.wait(for: "build 2 for none")
        // The old kernel serves while the new one is built.
        let third = try #require(manager.acquire())
        #expect(third.served == 1)
        gate.open()
        await self.probe.wait(for: "rebooted: as asked")
        #expect(manager.acquire()?.served == 2)
        // The old kernel ends with its last request.
        _ = manager.release(other, Outcome())
        #expect(!self.probe.log.contains("service 1 stopped"))
        _ = manager.release(third, Outcome())
        await self.probe.wait(for: "service 1 stopped")
        #expect(!self.probe.log.contains("service 2 stopped"))
    }

    /// A request that began with the old kernel also ends with its observers.
    @Test func eachKernelHasItsOwnObservers() async throws {
        let manager = self.manager(WithOverlap.self)
        let first = try await manager.acquireWhenReady()
        let other = try #require(manager.acquire())
        _ = manager.release(first, self.demanded)
        await self.probe.wait(for: "rebooted: as asked")
        let identity = RequestIdentity(mode: .http, name: "GET /") { "1" }
        await other.events.emit(ResponseSent(request: identity, status: 200, duration: .zero, isComplete: true))
        #expect(self.probe.log.filter { $0.hasSuffix("saw a response") } == ["kernel 1 saw a response"])
        let current = try #require(manager.acquire())
        await current.events.emit(ResponseSent(request: identity, status: 200, duration: .zero, isComplete: true))
        #expect(self.probe.log.filter { $0.hasSuffix("saw a response") }.last == "kernel 2 saw a response")
        _ = manager.release(other, Outcome())
        _ = manager.release(current, Outcome())
    }

    @Test func kernelsThatCannotRunTwiceAreReplacedOneAfterTheOther() async throws {
        let manager = self.manager(NoOverlap.self)
        let first = try await manager.acquireWhenReady()
        let other = try #require(manager.acquire())
        _ = manager.release(first, self.demanded)
        // From now on requests wait, and the old kernel waits for those in flight.
        #expect(manager.acquire() == nil)
        let waiting = Task { try await manager.acquireWhenReady().served }
        #expect(self.probe.state.withLock { $0.builds } == 1)
        _ = manager.release(other, Outcome())
        #expect(try await waiting.value == 2)
        let log = self.probe.log
        let stop = try #require(log.firstIndex(of: "service 1 stopped"))
        let build = try #require(log.firstIndex(of: "build 2 for none"))
        #expect(stop < build)
    }

    /// Neither a request nor a service of the old kernel may delay the next request for long.
    @Test func theOldKernelHasLimitedTime() async throws {
        self.probe.set { $0.servicesHang = true }
        let manager = self.manager(NoOverlap.self) { limits in
            limits.serviceShutdown = .milliseconds(100)
            limits.notice = .milliseconds(10)
        }
        let first = try await manager.acquireWhenReady()
        let other = try #require(manager.acquire())
        _ = manager.release(first, self.demanded)
        #expect(try await manager.acquireWhenReady().served == 2)
        _ = manager.release(other, Outcome())
        #expect(self.lines.all.contains { $0.contains("waiting for the service ProbedService") })
        #expect(self.lines.all.contains { $0.contains("ProbedService did not shut down") && $0.contains("abandoning it") })
    }

    @Test func anOldServiceThatFailsDoesNotFailTheNewKernel() async throws {
        self.probe.set { $0.servicesThrow = true }
        let manager = self.manager(WithOverlap.self)
        _ = manager.release(try await manager.acquireWhenReady(), self.demanded)
        await self.probe.wait(for: "service 1 stopped")
        for _ in 0..<1000 where !self.lines.all.contains(where: { $0.contains("failed while shutting down") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(!manager.needsReplacement)
        // A failing service of the current kernel would be logged.
        #expect(!self.lines.all.contains { $0.contains("a service of the kernel ended") })
    }

    @Test func aNewKernelWhoseServiceEndsAtOnceIsDiscarded() async throws {
        self.probe.set { $0.endsServiceOf = 2 }
        let manager = self.manager(WithOverlap.self) { $0.probation = .seconds(3600) }
        _ = manager.release(try await manager.acquireWhenReady(), self.demanded)
        await self.probe.wait(for: "thrown boot")
        #expect(manager.acquire()?.served == 1)
        #expect(!self.probe.log.contains("service 1 stopped"))
        #expect(!manager.needsReplacement)
        #expect(self.lines.all.contains { $0.contains("a service of the new kernel ended immediately") })
    }

    @Test func aRebootRequestedDuringAnotherFollows() async throws {
        let gate = Gate()
        self.probe.set { $0.onBuild = { if $0 == 2 { await gate.waitEvenIfCancelled() } } }
        let manager = self.manager(WithOverlap.self)
        _ = manager.release(try await manager.acquireWhenReady(), self.demanded)
        await self.probe.wait(for: "build 2 for none")
        _ = manager.release(try #require(manager.acquire()), Outcome.reboot("once more"))
        gate.open()
        await self.probe.wait(for: "rebooted: once more")
        #expect(manager.acquire()?.served == 3)
    }

    /// A reboot that the minimum interval has deferred happens when it is due, even without a request.
    @Test func deferredRebootsNeedNoRequest() async throws {
        let manager = self.manager(WithOverlap.self, policy: .onException(minimumInterval: .milliseconds(50)))
        let failed = Outcome.failed(ProbedService.Failed())
        _ = manager.release(try await manager.acquireWhenReady(), failed)
        await self.probe.wait(for: "rebooted: Failed was thrown")
        _ = manager.release(try #require(manager.acquire()), failed)
        await self.probe.wait(for: "rebooted: Failed was thrown", count: 2)
        #expect(manager.acquire()?.served == 3)
    }

    @Test func aFailedRebootIsNotRepeatedAtOnce() async throws {
        self.probe.set { $0.failsBuilds = 2...100 }
        let manager = self.manager(WithOverlap.self, mode: nil, policy: .always)
        var instance = try await manager.acquireWhenReady()
        for count in 0..<50 {
            _ = manager.release(instance, Outcome())
            if count == 0 { await self.probe.wait(for: "thrown boot") }
            instance = try #require(manager.acquire())
            #expect(instance.served == 1)
        }
        #expect(self.probe.state.withLock { $0.builds } == 2)
    }

    @Test func noLeaseIsGrantedDuringAReset() async throws {
        let (begun, gate) = (Gate(), Gate())
        self.probe.set {
            $0.reset = {
                begun.open()
                await gate.waitEvenIfCancelled()
            }
        }
        let manager = self.manager(WithOverlap.self, mode: nil)
        let first = try await manager.acquireWhenReady()
        let second = try #require(manager.acquire())
        // Another lease is still in use.
        #expect(manager.release(first, Outcome()) == nil)
        let reset = try #require(manager.release(second, Outcome()))
        let resetting = Task { await reset.perform(isLimited: true) }
        await begun.wait()
        #expect(manager.acquire() == nil)
        let waiting = Task { try await manager.acquireWhenReady().served }
        try await Task.sleep(for: .milliseconds(10))
        #expect(manager.acquire() == nil)
        gate.open()
        #expect(try await waiting.value == 1)
        await resetting.value
    }

    @Test func resetsThatHangAreAbandonedAndTheKernelRebooted() async throws {
        self.probe.set { $0.reset = { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } } }
        let manager = self.manager(WithOverlap.self, mode: nil) { $0.serviceShutdown = .milliseconds(20) }
        let reset = try #require(manager.release(try await manager.acquireWhenReady(), Outcome()))
        await reset.perform(isLimited: true)
        await self.probe.wait(for: "rebooted: something could not be reset")
        #expect(manager.acquire()?.served == 2)
    }

    @Test func resetsWithoutAnIdleMomentAreLoggedOnce() async throws {
        self.probe.set { $0.reset = {} }
        let manager = self.manager(WithOverlap.self, mode: nil) { $0.overdueReset = .milliseconds(20) }
        var held = try await manager.acquireWhenReady()
        let isLogged = { self.lines.all.contains { $0.contains("no reset for") } }
        for _ in 0..<2000 where !isLogged() {
            let next = try #require(manager.acquire())
            #expect(manager.release(held, Outcome()) == nil)
            held = next
            try await Task.sleep(for: .milliseconds(1))
        }
        for _ in 0..<100 {
            let next = try #require(manager.acquire())
            _ = manager.release(held, Outcome())
            held = next
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(self.lines.all.count { $0.contains("no reset for") } == 1)
    }

    // MARK: Shutdown

    @Test func aBootThatEndsAfterTheShutdownIsShutDown() async throws {
        let gate = Gate()
        self.probe.set { $0.onBuild = { _ in await gate.waitEvenIfCancelled() } }
        let manager = self.manager(WithOverlap.self)
        let waiting = Task { try await manager.acquireWhenReady().served }
        await self.probe.wait(for: "build 1 for none")
        manager.endBooting(after: .zero)
        await #expect(throws: KernelStopped.self) { try await waiting.value }
        let sequence = ShutdownSequence(limit: .milliseconds(200))
        await manager.shutdown(sequence)
        #expect(sequence.failure?.contains("the boot of the kernel") == true)
        // No service starts that would have to be stopped.
        gate.open()
        await #expect(throws: KernelStopped.self) { try await manager.acquireWhenReady() }
        #expect(!self.probe.log.contains { $0.hasPrefix("service") })
    }

    @Test func aShutdownEndsARebootAndBothKernels() async throws {
        let (built, gate) = (Gate(), Gate())
        let manager = self.manager(WithOverlap.self) { $0.probation = .seconds(3600) }
        self.probe.set {
            $0.onBuild = { number in
                guard number == 2 else { return }
                built.open()
                await gate.waitEvenIfCancelled()
            }
        }
        _ = manager.release(try await manager.acquireWhenReady(), self.demanded)
        await built.wait()
        gate.open()
        await self.probe.wait(for: "service 2 runs for none")
        let sequence = ShutdownSequence(limit: .seconds(30))
        await manager.shutdown(sequence)
        #expect(sequence.failure == nil)
        #expect(self.probe.log.contains("service 1 stopped") && self.probe.log.contains("service 2 stopped"))
        #expect(!self.probe.log.contains("rebooted: as asked") && !self.probe.log.contains("thrown boot"))
    }

    @Test func theDefaultPolicyDependsOnSharing() {
        func isNever(_ policy: RebootPolicy) -> Bool { policy.rules.isEmpty }
        var options = RuntimeOptions()
        #expect(!isNever(options.rebootPolicy(isShared: false)))
        #expect(isNever(options.rebootPolicy(isShared: true)))
        options.rebootPolicy = .always
        #expect(!isNever(options.rebootPolicy(isShared: true)))
        options.rebootPolicy = .never
        #expect(isNever(options.rebootPolicy(isShared: false)))
    }
}

extension Outcome {
    fileprivate static func reboot(_ reason: String) -> Outcome {
        var outcome = Outcome()
        outcome.rebootReason = reason
        return outcome
    }

    fileprivate static func failed(_ error: any Error) -> Outcome {
        var outcome = Outcome()
        outcome.failures = [Failure(error, phase: .beforeHead, fault: .application)]
        return outcome
    }
}
