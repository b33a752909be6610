import ServiceLifecycle
import Synchronization

@testable import RoadRunnerRuntime

/// Controls the kernels of a test, and records their events.
final class Probe: Sendable {
    struct State {
        var log: [String] = []
        var builds = 0
        var failsBuilds: ClosedRange<Int>?
        var endsServiceOf: Int?
        var servicesThrow = false
        var servicesHang = false
        var reset: (@Sendable () async throws -> Void)?
        var onBuild: (@Sendable (Int) async -> Void)?
    }

    @TaskLocal static var request = "none"

    let state = Mutex(State())
    private let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    var log: [String] { self.state.withLock { $0.log } }
    func set(_ change: (inout State) -> Void) { self.state.withLock { state in change(&state) } }

    func note(_ line: String) {
        self.state.withLock { $0.log.append(line) }
        self.continuation.yield()
    }

    /// Waits for a line. Only one task may wait at a time.
    func wait(for line: String, count: Int = 1) async {
        while self.log.count(where: { $0 == line }) < count {
            var iterator = self.changes.makeAsyncIterator()
            _ = await iterator.next()
        }
    }
}

struct ProbedService: Service {
    struct Failed: Error {}
    let probe: Probe
    let number: Int

    func run() async throws {
        self.probe.note("service \(self.number) runs for \(Probe.request)")
        if self.probe.state.withLock({ $0.endsServiceOf }) == self.number { throw Failed() }
        try? await gracefulShutdown()
        self.probe.note("service \(self.number) stopped")
        if self.probe.state.withLock({ $0.servicesHang }) {
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
        if self.probe.state.withLock({ $0.servicesThrow }) { throw Failed() }
    }
}

struct ProbedResettable: Resettable {
    let body: @Sendable () async throws -> Void
    func reset() async throws { try await self.body() }
}

struct NoWorker: Worker {
    static var mode: WorkerMode { .http }
}

protocol Overlap: SendableMetatype { static var overlaps: Bool { get } }
enum WithOverlap: Overlap { static var overlaps: Bool { true } }
enum NoOverlap: Overlap { static var overlaps: Bool { false } }

struct ProbedKernel<Mode: Overlap>: Kernel {
    struct Unused: Error {}
    struct Failed: Error {}
    static var overlapsOnReboot: Bool { Mode.overlaps }
    let probe: Probe
    let number: Int

    init(_ boot: BootContext) throws { throw Unused() }

    init(_ boot: BootContext, _ probe: Probe) async throws {
        self.probe = probe
        let (number, onBuild, fails) = probe.state.withLock { state in
            state.builds += 1
            return (state.builds, state.onBuild, state.failsBuilds)
        }
        self.number = number
        probe.note("build \(number) for \(Probe.request)")
        await onBuild?(number)
        if fails?.contains(number) ?? false { throw Failed() }
        boot.observe(ResponseSent.self) { _ in probe.note("kernel \(number) saw a response") }
        if let reset = probe.state.withLock({ $0.reset }) { boot.register(ProbedResettable(body: reset)) }
    }

    var workers: some Workers { NoWorker() }
    var services: [any Service] { [ProbedService(probe: self.probe, number: self.number)] }
}
