import Configuration
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerWeb
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerRuntime

/// Controls a kernel under test, and records its events. Each test has its own.
final class Probe: Sendable {
    @TaskLocal static var current = Probe()
    /// Kernels are rebuilt on the worker's loop, where the test's task-local values are not available.
    private static let all = Mutex<[String: Probe]>([:])

    let id = String(UInt64.random(in: 0 ... .max))
    let entered = Gate()
    let leave = Gate()

    init() {}

    func publish() { Self.all.withLock { $0[self.id] = self } }
    static func named(_ id: String?) -> Probe { Self.all.withLock { $0[id ?? ""] } ?? Self.current }

    struct State {
        var log: [String] = []
        var boots = 0
        var failsBootFrom = Int.max
        var failsReset = false
        var failsWarming = false
        var hasResettables = false
    }

    let state = Mutex(State())
    var log: [String] { self.state.withLock { $0.log } }

    /// Waits for a line that is logged after a response.
    func wait(for line: String, count: Int = 1) async throws {
        for _ in 0..<4000 where self.log.count(where: { $0 == line }) < count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(self.log.count { $0 == line } >= count, "\(line)")
    }

    func note(_ line: String) { self.state.withLock { $0.log.append(line) } }
}

struct ProbedService: Service {
    let probe: Probe
    let number: Int

    func run() async throws {
        try? await gracefulShutdown()
        self.probe.note("service \(self.number) ends")
    }
}

struct ProbedResettable: Resettable {
    let probe: Probe
    let name: String

    func reset() async throws {
        self.probe.note("reset \(self.name)")
        if self.probe.state.withLock({ $0.failsReset }) { throw Broken() }
    }
}

/// A kernel whose state is corrupted by `/corrupt`.
final class ProbedKernel: Kernel, Sendable {
    let probe: Probe
    let number: Int
    let isCorrupt = Mutex(false)

    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.rebootPolicy = PolicyBox.current
        options.http.requestDeadline = PolicyBox.deadline
        // Services of these kernels do not end by themselves.
        options.kernelLimits.probation = .zero
        return options
    }

    static var observers: [Observer] {
        let probe = Probe.current
        return [
            Observer(WorkerStarted.self) { probe.note("started \($0.mode?.rawValue ?? "")") },
            Observer(KernelBooting.self) { probe.note("booting \($0.isReboot)") },
            Observer(KernelBooted.self) { probe.note("booted \($0.isReboot)") },
            Observer(WorkerStopping.self) { probe.note("stopping \($0.handledCount)") },
            Observer(RequestReceived.self, priority: -1) { probe.note("received \($0.request.name)") },
            Observer(RequestReceived.self, priority: 1) { _ in
                probe.note("first")
                throw Broken()
            },
            Observer(ResponseSent.self) {
                probe.note("sent \($0.status ?? 0) \($0.isComplete)")
                if Task.isCancelled { probe.note("observed by a cancelled task") }
            },
            Observer(ExceptionThrown.self) { probe.note("thrown \($0.phase) \(type(of: $0.error)) \($0.request?.name ?? "-")") },
        ]
    }

    init(_ boot: BootContext) throws {
        let probe = Probe.named(boot.configuration.string(forKey: "probe.id"))
        self.probe = probe
        self.number = probe.state.withLock { state in
            state.boots += 1
            return state.boots
        }
        if self.number >= probe.state.withLock({ $0.failsBootFrom }) { throw Broken() }
        boot.observe(KernelRebooted.self) { event in probe.note("rebooted: \(event.reason)") }
        if probe.state.withLock({ $0.hasResettables }) {
            boot.register(ProbedResettable(probe: probe, name: "one"))
            boot.register(ProbedResettable(probe: probe, name: "two"))
        }
        boot.warmUp("cache") {
            probe.note("warm")
            if probe.state.withLock({ $0.failsWarming }) { throw Broken() }
        }
    }

    var services: [any Service] { [ProbedService(probe: self.probe, number: self.number)] }

    var workers: some Workers {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("ok") { _, _ in
            if self.isCorrupt.withLock({ $0 }) { return "corrupt" }
            return "ok"
        }
        router.get("number") { _, _ in "\(self.number)" }
        router.get("corrupt") { _, _ -> String in
            self.isCorrupt.withLock { $0 = true }
            throw Broken()
        }
        router.get("corrupt-later") { _, _ -> String in
            self.probe.entered.open()
            await self.probe.leave.wait()
            throw Broken()
        }
        // Hummingbird's middleware turns every error into one with a response.
        router.group("cors").add(middleware: ErrorPages { _ in nil }).add(middleware: CORSMiddleware())
            .get("corrupt") { _, _ -> String in
                self.isCorrupt.withLock { $0 = true }
                throw Broken()
            }
            .get("refuse") { _, _ -> String in throw HTTPError(.conflict) }
        router.get("refuse") { _, _ -> String in throw HTTPError(.conflict) }
        router.get("reboot") { _, context in
            context.requestReboot("as asked")
            return "soon"
        }
        router.get("late") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "x"))
                    throw Broken()
                })
        }
        router.post("raw") { request, _ in String(buffer: try await request.body.collect(upTo: 1000)) }
        router.post("keep") { request, context in
            for (_, upload) in try await request.form(context: context).uploads { try await upload.move(to: "/nowhere") }
            return "kept"
        }
        router.get("proxied") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "x"))
                    // Like clients of other servers, which throw their own errors on cancellation.
                    do { try await Task.sleep(for: .seconds(60)) } catch { throw Broken() }
                })
        }
        router.get("slow") { _, _ in
            do { try await Task.sleep(for: .seconds(60)) } catch { self.probe.note("cancelled") }
            return "slow"
        }
        return HTTP(router)
    }
}

/// Task-local, since tests run concurrently.
enum PolicyBox {
    @TaskLocal static var current = RebootPolicy.onException()
    @TaskLocal static var deadline: Duration?
}
