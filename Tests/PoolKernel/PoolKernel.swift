import Hummingbird
import NIOCore
import RoadRunner
import ServiceLifecycle
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Shows the serving process, and its kernel's events. The tests of shared pools start it.
@main
struct PoolKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.rebootPolicy = .never
        if let seconds = getenv("POOL_STOP_DEADLINE").flatMap({ Int(String(cString: $0)) }) {
            options.stopDeadline = .seconds(seconds)
        }
        return options
    }

    private let router = Router(context: BasicRoadRunnerRequestContext.self)
    private let failing = FailingService()
    private let diary: Diary

    init(_ boot: BootContext) async throws {
        let diary = Diary(path: boot.configuration.string(forKey: "pool.diary"))
        self.diary = diary
        diary.write("boot")
        switch boot.configuration.string(forKey: "pool.boot") ?? "" {
        case "": break
        case "fails": throw BootFailure()
        case "crashes": fatalError("crashed on purpose")
        case "hangs": while true { sleep(1000) }
        case let text: try await Task.sleep(for: .milliseconds(Int(text) ?? 0))
        }
        boot.observe(WorkerStopping.self) { _ in diary.write("stop") }
        self.addRoutes()
    }

    var workers: some Workers { HTTP(self.router) }
    var services: [any Service] { [self.failing] }

    private func addRoutes() {
        let active = Active()
        self.router.get("pid") { _, _ in "\(getpid())" }
        self.router.get("sleep") { request, _ in
            let milliseconds = request.uri.queryParameters.get("ms", as: Int.self) ?? 10
            let most = active.begin()
            defer { active.end() }
            try await Task.sleep(for: .milliseconds(milliseconds))
            return "\(getpid()) \(most)"
        }
        // Blocks its event loop.
        self.router.get("spin") { [diary] request, _ in
            diary.write("spin")
            usleep(UInt32((request.uri.queryParameters.get("ms", as: Int.self) ?? 10) * 1000))
            return "\(getpid())"
        }
        self.router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    while true {
                        try await writer.write(ByteBuffer(string: "\(getpid())\n"))
                        try await Task.sleep(for: .milliseconds(20))
                    }
                })
        }
        self.router.get("say/:text") { _, context in
            let text = context.parameters.get("text") ?? ""
            print(text)
            return text
        }
        self.router.get("fail") { [failing] _, _ in
            failing.fail()
            return "\(getpid())"
        }
        self.router.get("crash") { _, _ -> String in fatalError("crashed on purpose") }
        self.router.post("echo") { request, _ in try await request.body.collect(upTo: 64 * 1024 * 1024) }
    }

    private struct BootFailure: Error {}
}

/// Ends on a request's command.
private final class FailingService: Service {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()

    func fail() { self.continuation.yield() }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in self.stream { return }
        } onGracefulShutdown: {
            self.continuation.finish()
        }
    }
}

/// Counts concurrent requests.
private final class Active: Sendable {
    private let state = Mutex((count: 0, most: 0))

    func begin() -> Int {
        self.state.withLock { state in
            state.count += 1
            state.most = max(state.most, state.count)
            return state.most
        }
    }

    func end() { self.state.withLock { $0.count -= 1 } }
}

/// Records events for the tests, one line with the pid for each.
private struct Diary: Sendable {
    let path: String?

    func write(_ event: String) {
        guard let path, let file = fopen(path, "a") else { return }
        fputs("\(event) \(getpid())\n", file)
        fclose(file)
    }
}
