import HTTPWorker
import Logging
import NIOCore
import RoadRunnerRuntime
import Synchronization

/// The kernel of a standalone process: built once, again after a failure, and anew when its policy says so, while requests go on.
final class StandaloneKernel<Application: Kernel>: Sendable {
    /// A kernel that serves, or has served: it ends when its last request has.
    final class Generation: Sendable {
        let kernel: RunningKernel
        let responder: RequestResponder
        private let state: Mutex<(inFlight: Int, isRetired: Bool, reboots: RebootCounter)>

        init(_ kernel: RunningKernel, _ responder: RequestResponder, _ reboots: RebootCounter) {
            self.kernel = kernel
            self.responder = responder
            self.state = Mutex((0, false, reboots))
        }

        var reboots: RebootCounter { self.state.withLock { $0.reboots } }

        func enter() { self.state.withLock { $0.inFlight += 1 } }

        /// - Returns: whether nothing is in flight, and why to reboot.
        func leave(_ outcome: Outcome) -> (isIdle: Bool, rebootReason: String?) {
            self.state.withLock { state in
                state.inFlight -= 1
                return (state.inFlight == 0, state.isRetired ? nil : state.reboots.handled(outcome, self.kernel.registry))
            }
        }

        var isIdleForEver: Bool { self.state.withLock { $0.isRetired && $0.inFlight == 0 } }

        /// - Returns: whether nothing is in flight any more.
        func retire() -> Bool {
            self.state.withLock { state in
                state.isRetired = true
                return state.inFlight == 0
            }
        }
    }

    private struct State {
        var current: Generation?
        var booting: Task<Generation, any Error>?
        var isRebooting = false
        var handledCount = 0
    }

    private let launch: LaunchContext
    private let state = Mutex(State())

    init(launch: LaunchContext) { self.launch = launch }

    // MARK: Requests

    /// Runs `body` with the kernel that serves.
    ///
    /// - Throws: a boot failure, or what `body` throws.
    func serve(_ body: (RequestResponder) async throws -> Outcome) async throws {
        let generation = try await self.entered()
        do {
            await self.left(generation, try await body(generation.responder))
        } catch {
            await self.left(generation, Outcome())
            throw error
        }
    }

    /// Builds the kernel, unless there is one.
    func boot() async throws { _ = try await self.generation() }

    private func entered() async throws -> Generation {
        while true {
            let generation = try await self.generation()
            // It may have been replaced in the meantime.
            let isCurrent = self.state.withLock { state in
                guard state.current === generation else { return false }
                generation.enter()
                return true
            }
            if isCurrent { return generation }
        }
    }

    private func generation() async throws -> Generation {
        if let current = self.state.withLock({ $0.current }) { return current }
        let task = self.state.withLock { state in
            if let booting = state.booting { return booting }
            let task = Task { try await self.build(isReboot: false) }
            state.booting = task
            return task
        }
        do {
            let generation = try await task.value
            self.state.withLock { state in
                state.booting = nil
                if state.current == nil { state.current = generation }
            }
            return generation
        } catch {
            // Requests that wait for this boot fail with it; the next one tries again.
            let isFirst = self.state.withLock { state in
                defer { state.booting = nil }
                return state.booting != nil
            }
            if isFirst { await self.launch.events.exceptionThrown(error, phase: .boot, request: nil) }
            throw error
        }
    }

    private func left(_ generation: Generation, _ outcome: Outcome) async {
        self.state.withLock { $0.handledCount += 1 }
        let (isIdle, reason) = generation.leave(outcome)
        if isIdle, generation.isIdleForEver { await generation.kernel.shutdown() }
        if let reason { return self.reboot(reason) }
        // What other requests are using cannot be put back.
        guard isIdle, generation.kernel.hasResettables else { return }
        for error in await generation.kernel.registry.reset(self.launch.logger) {
            await self.launch.events.exceptionThrown(error, phase: .afterResponse, request: nil)
            self.reboot("something could not be reset")
        }
    }

    // MARK: Building

    private func reboot(_ reason: String) {
        let isFirst = self.state.withLock { state in
            defer { state.isRebooting = true }
            return !state.isRebooting
        }
        guard isFirst else { return }
        Task {
            self.launch.logger.notice("the kernel is rebooted: \(reason)")
            do {
                let generation = try await self.build(isReboot: true)
                let old = self.state.withLock { state in
                    defer { state.current = generation }
                    return state.current
                }
                await self.launch.events.emit(KernelRebooted(reason: reason))
                if let old, old.retire() { await old.kernel.shutdown() }
            } catch {
                // Nobody would take over: the old one serves on.
                Launcher.report("\(LaunchError.bootFailure(error, mode: nil))")
                await self.launch.events.exceptionThrown(error, phase: .boot, request: nil)
            }
            self.state.withLock { $0.isRebooting = false }
        }
    }

    private func build(isReboot: Bool) async throws -> Generation {
        let launch = self.launch
        let (kernel, responder) = try await RunningKernel.boot(launch, mode: nil, isReboot: isReboot) { boot in
            try await Application(boot)
        } prepare: { kernel in
            try self.responder(kernel.workers.all)
        } serviceFailed: { error in
            launch.logger.critical("a service of the kernel has ended: \(error)")
        }
        let reboots = self.state.withLock { $0.current }?.reboots.renewed() ?? RebootCounter(launch.options.rebootPolicy)
        return Generation(kernel, responder, reboots)
    }

    private func responder(_ workers: [any Worker]) throws -> RequestResponder {
        RequestResponder(
            application: try self.application(workers), renderError: workers.lazy.compactMap { ($0 as? HTTP)?.renderError }.first,
            options: self.launch.options, pipeline: self.launch.pipeline(for: .http))
    }

    private func application(_ workers: [any Worker]) throws -> any HTTPApplication {
        for worker in workers {
            let mode = type(of: worker).mode
            let count = workers.count { type(of: $0).mode == mode }
            guard count <= 1 else {
                throw LaunchError(
                    .duplicateMode, "\(Application.self) has \(count) workers for the mode \"\(mode)\": one is possible")
            }
        }
        let http = workers.lazy.compactMap { $0 as? HTTP }.first?.application
        let endpoints = try workers.compactMap { try ($0 as? any StandaloneMountable)?.makeEndpoint(self.launch) }
        if !endpoints.isEmpty { return MountedApplication(endpoints: endpoints, application: http) }
        guard let http else {
            throw LaunchError(.unservedMode, "\(Application.self) serves nothing that the standalone runtime can")
        }
        return http
    }

    func shutdown() async {
        let (current, count) = self.state.withLock { ($0.current, $0.handledCount) }
        await self.launch.events.emit(WorkerStopping(mode: nil, handledCount: count))
        await current?.kernel.shutdown()
        await self.launch.events.flushReports()
        await self.launch.process.close()
    }
}
