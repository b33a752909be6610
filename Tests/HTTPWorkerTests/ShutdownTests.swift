import Configuration
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerTesting
import ServiceLifecycle
import Standalone
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The part of the worker that ignores the shutdown.
private enum Hanging: String, CaseIterable, Sendable {
    case nothing, handler, stream, service, observer, reporter, check, afterResponse, boot, lazyBoot, reset

    @TaskLocal static var current = Hanging.nothing

    /// Whether the shutdown fails. Checks and work after the response have their own limits.
    func fails(inPool: Bool) -> Bool {
        switch self {
        case .nothing, .check, .afterResponse: false
        // Standalone, it belongs to no request, and is abandoned.
        case .reset: inPool
        case .handler, .stream, .service, .observer, .reporter, .boot, .lazyBoot: true
        }
    }

    static func hang() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
}

private struct HangingReporter: ErrorReporter {
    func report(_ report: ErrorReport) {}
    func flush(within deadline: Duration) async { await Hanging.hang() }
}

/// The events of a test's kernels.
private final class Events: Sendable {
    private static let all = Mutex<[String: Events]>([:])
    let id = String(UInt64.random(in: 0 ... .max))
    let entered = Gate()
    let stopped = Mutex(0)
    init() { Self.all.withLock { $0[self.id] = self } }
    static func named(_ id: String?) -> Events { Self.all.withLock { $0[id ?? ""] } ?? Events() }
}

private struct StoppingService: Service {
    let hangs: Bool
    let events: Events

    func run() async throws {
        try? await gracefulShutdown()
        self.events.stopped.withLock { $0 += 1 }
        if self.hangs { await Hanging.hang() }
    }
}

private struct HangingResettable: Resettable {
    let events: Events
    func reset() async throws {
        self.events.entered.open()
        await Hanging.hang()
    }
}

private struct HangingKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        // Short if the shutdown uses the whole deadline.
        options.stopDeadline = Hanging.current.fails(inPool: false) ? .seconds(1) : .seconds(8)
        options.http.boot = Hanging.current == .lazyBoot ? .lazy : .eager
        options.standalone.port = 0
        if Hanging.current == .reporter { options.errorReporters = [HangingReporter()] }
        return options
    }

    static var observers: [Observer] {
        Hanging.current == .observer ? [Observer(WorkerStopping.self) { _ in await Hanging.hang() }] : []
    }

    let hanging: Hanging
    let events: Events

    init(_ boot: BootContext) async throws {
        let hanging = Hanging(rawValue: boot.configuration.string(forKey: "hanging") ?? "") ?? .nothing
        let events = Events.named(boot.configuration.string(forKey: "events"))
        self.hanging = hanging
        self.events = events
        if hanging == .reset { boot.register(HangingResettable(events: events)) }
        if hanging == .boot || hanging == .lazyBoot {
            // The services already run.
            boot.warmUp("hangs") {
                events.entered.open()
                await Hanging.hang()
            }
        }
    }

    var services: [any Service] { [StoppingService(hangs: self.hanging == .service, events: self.events)] }

    var workers: some Workers {
        let (hanging, events) = (self.hanging, self.events)
        var options = ConnectionGuard<Int>.Options()
        options.idleLimit = .zero
        options.checkTimeout = .milliseconds(20)
        let connection = ConnectionGuard("hanging", options: options, connect: { 1 }, check: { _ in await Hanging.hang() })
        return HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
                switch hanging {
                case .handler:
                    if request.uri.path == "/hint" { _ = try await context.sendInformational(headers: [.location: "/a.css"]) }
                    events.entered.open()
                    await Hanging.hang()
                case .stream:
                    return Response(
                        status: .ok,
                        body: ResponseBody { writer in
                            try await writer.write(ByteBuffer(string: "x"))
                            events.entered.open()
                            await Hanging.hang()
                        })
                case .afterResponse:
                    context.afterResponse {
                        events.entered.open()
                        await Hanging.hang()
                    }
                case .check:
                    for _ in 0..<2 { _ = try await connection.withConnection { $0 } }
                    events.entered.open()
                case .nothing, .service, .observer, .reporter: events.entered.open()
                case .boot, .lazyBoot, .reset: break
                }
                return Response(status: .ok, body: .text("ok"))
            })
    }
}

@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
    private func environment(_ hanging: Hanging, _ events: Events) -> [String: String] {
        ["HANGING": hanging.rawValue, "EVENTS": events.id]
    }

    private func check(_ hanging: Hanging, _ code: Int32, inPool: Bool, since start: ContinuousClock.Instant, _ events: Events)
        async throws
    {
        #expect(code == (hanging.fails(inPool: inPool) ? 1 : 0))
        // Busy machines take longer, but not for ever.
        #expect(ContinuousClock.now - start < .seconds(30))
        // Services are notified, whichever part hangs.
        for _ in 0..<2000 where events.stopped.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(events.stopped.withLock { $0 } == 1)
    }

    @Test(arguments: Hanging.allCases) private func workersEndInTime(_ hanging: Hanging) async throws {
        let events = Events()
        try await Hanging.$current.withValue(hanging) {
            try await TestWorker.with(
                kernel: HangingKernel.self, environment: self.environment(hanging, events), performsHandshake: hanging != .boot
            ) { worker async throws in
                if hanging != .boot { try await worker.begin(.get("/")) }
                if !hanging.fails(inPool: true) { #expect(try await worker.finishResponse().text == "ok") }
                await events.entered.wait()
                let start = ContinuousClock.now
                worker.signal(SIGTERM)
                guard case .exited(let code) = try await worker.waitForExit() else { return }
                try await self.check(hanging, code, inPool: true, since: start, events)
            }
        }
    }

    /// After an informational response, the client still needs the final head.
    @Test func aHandlerThatHangsAfterAHintGetsAStatus() async throws {
        let events = Events()
        try await Hanging.$current.withValue(.handler) {
            var environment = self.environment(.handler, events)
            environment["HTTP_INFORMATIONAL"] = "always"
            try await TestWorker.with(kernel: HangingKernel.self, environment: environment) { worker async throws in
                try await worker.begin(.get("/hint"))
                await events.entered.wait()
                worker.signal(SIGTERM)
                let response = try await worker.finishResponse()
                #expect(response.informational.map(\.status) == [103])
                #expect(response.status == 503)
            }
        }
    }

    @Test(arguments: Hanging.allCases) private func standaloneProcessesEndInTime(_ hanging: Hanging) async throws {
        let events = Events()
        let configuration = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: self.environment(hanging, events)))
        let launch = try Hanging.$current.withValue(hanging) {
            LaunchContext(
                options: try HangingKernel.options.overlaid(by: configuration), configuration: configuration,
                logger: Logger(label: "test"), relay: RelayEnvironment(), standardStreams: nil, observers: HangingKernel.observers
            )
        }
        let action = Mutex<(@Sendable () -> Void)?>(nil)
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let process = Task.detached {
            try await StandaloneRuntime.serve(HangingKernel.self, launch) { new in
                action.withLock { $0 = new }
            } onListening: { address in
                if let port = address.split(separator: ":").last.flatMap({ Int($0) }) { continuation.yield(port) }
            }
        }
        if hanging != .boot {
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let requesting = Task { try await RawHTTPClient(port: port).send("GET", "/").body }
            if !hanging.fails(inPool: true) { #expect(try await requesting.value == "ok") }
        }
        await events.entered.wait()
        let start = ContinuousClock.now
        action.withLock { $0 }?()
        try await self.check(hanging, process.value, inPool: false, since: start, events)
    }
}
