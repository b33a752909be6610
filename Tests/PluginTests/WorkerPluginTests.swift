import Configuration
import Goridge
import HTTPTypes
import Logging
import Metrics
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import Testing

// This target sees only public declarations, like a plugin outside the package.

/// A mode that RoadRunner does not have.
private struct Shout: WorkerPlugin {
    static let mode = WorkerMode(rawValue: "shout")

    struct Options: ModuleOptions {
        var mark = "!"
        var isLazy = false
        init() {}

        mutating func read(_ reader: OptionReader) throws(OptionError) {
            if let mark = reader.text("shout.mark") { self.mark = mark }
            if let flag = try reader.flag("shout.lazy.boot") { self.isLazy = flag }
        }
    }

    static func bootPolicy(_ configuration: Options) -> BootPolicy { configuration.isLazy ? .lazy : .eager }

    func makeHandler(_ environment: WorkerEnvironment<Options>) -> any PayloadHandler {
        ShoutHandler(mark: environment.configuration.mark, pipeline: environment.pipeline)
    }
}

private struct NotAWord: AttributableError {
    var fault: Fault { .client }
}

private struct Hoarse: Error {}

private struct ShoutHandler: PayloadHandler {
    let mark: String
    let pipeline: ExchangePipeline

    struct Subject: ExchangeSubject {
        let name: String
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        let text = String(buffer: payload.body)
        return await self.pipeline.run(Subject(name: "shout \(String(buffer: payload.context))")) { exchange in
            var outcome = Outcome()
            do {
                exchange.logger.info("shouting")
                if text.isEmpty { throw NotAWord() }
                if text == "hoarse" { throw Hoarse() }
                try await responder.finish(body: ByteBuffer(string: text.uppercased() + self.mark))
            } catch {
                outcome.failures.append(exchange.failure(error))
                try? await responder.finish(flags: .error, body: ByteBuffer(string: "\(error)"))
            }
            return outcome
        }
    }
}

private final class Journal: Sendable {
    @TaskLocal static var current = Journal()

    private let lines = Mutex<[String]>([])
    var all: [String] { self.lines.withLock { $0 } }
    func note(_ line: String) { self.lines.withLock { $0.append(line) } }
}

private struct Reporter: ErrorReporter {
    let journal: Journal
    func report(_ report: ErrorReport) {
        let first = report.breadcrumbs.first?.message ?? "nothing"
        self.journal.note("report \(type(of: report.error)) \(report.request?.name ?? "-") after \(first)")
    }
    func flush(within deadline: Duration) async {}
}

private struct ShoutKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.errorReporters = [Reporter(journal: Journal.current)]
        return options
    }

    static var observers: [Observer] {
        let journal = Journal.current
        return [
            Observer(KernelBooted.self) { journal.note("booted \($0.isReboot)") },
            Observer(RequestReceived.self) { journal.note("received \($0.request.name) in \($0.request.mode)") },
            Observer(ExceptionThrown.self) { journal.note("thrown \(type(of: $0.error))") },
            Observer(ResponseSent.self) { journal.note("sent \($0.request.name)") },
        ]
    }

    init(_ boot: BootContext) throws {
        if boot.configuration.string(forKey: "shout.broken") != nil { throw Hoarse() }
    }

    var workers: some Workers { Shout() }
}

/// Serves the same over HTTP.
extension Shout: StandaloneMountable {
    private struct Endpoint: MountedEndpoint {
        let pathPrefix = "/shout/"
        let maximumBodySize = 1024
        let pipeline: ExchangePipeline

        func refusal(of head: HTTPRequest) -> HTTPResponse.Status? { head.method == .post ? nil : .methodNotAllowed }

        func respond(to head: HTTPRequest, name: String, body: ByteBuffer, logger: Logger) async throws -> MountedResponse {
            MountedResponse(HTTPResponse(status: .ok), body: ByteBuffer(string: String(buffer: body).uppercased()))
        }
    }

    func makeEndpoint(_ launch: LaunchContext) throws -> any MountedEndpoint {
        Endpoint(pipeline: launch.pipeline(for: Self.mode))
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerPluginTests {
    private func withWorker(
        _ environment: [String: String] = [:], _ body: (TestWorker, Journal) async throws -> Void
    ) async throws {
        let journal = Journal()
        try await Journal.$current.withValue(journal) {
            try await TestWorker.with(kernel: ShoutKernel.self, environment: environment, mode: Shout.mode) { worker in
                try await body(worker, journal)
            }
        }
    }

    fileprivate func shout(_ text: String, _ worker: TestWorker) async throws -> Frame {
        try await worker.send(payload: ByteBuffer(string: "loudly"), body: ByteBuffer(string: text))
        return try await worker.nextFrame()
    }

    @Test func isServedLikeAnyOtherMode() async throws {
        try await self.withWorker { worker, journal async throws in
            #expect(String(buffer: try await self.shout("hello", worker).payload) == "HELLO!")
            #expect(try await self.shout("", worker).flags.contains(.error))
            #expect(try await self.shout("hoarse", worker).flags.contains(.error))
            #expect(String(buffer: try await self.shout("again", worker).payload) == "AGAIN!")
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(
                journal.all.filter { !$0.hasPrefix("booted true") } == [
                    "booted false",
                    "received shout loudly in shout", "sent shout loudly",
                    // A client error is not reported.
                    "received shout loudly in shout", "sent shout loudly",
                    "received shout loudly in shout",
                    "report Hoarse shout loudly after shouting",
                    "thrown Hoarse", "sent shout loudly",
                    "received shout loudly in shout", "sent shout loudly",
                ])
            // The error rebooted the kernel.
            #expect(journal.all.contains("booted true"))
        }
    }

    @Test func readsItsOwnOptions() async throws {
        try await self.withWorker(["SHOUT_MARK": "?", "SHOUT_LAZY_BOOT": "true"]) { worker, journal async throws in
            #expect(journal.all.isEmpty)
            #expect(String(buffer: try await self.shout("hello", worker).payload) == "HELLO?")
        }
    }

    @Test func invalidOptionsAreRefusedBeforeTheBoot() async throws {
        await #expect(throws: (any Error).self) {
            try await self.withWorker(["SHOUT_LAZY_BOOT": "perhaps"]) { worker, _ async throws in
                _ = try await self.shout("hello", worker)
            }
        }
    }

    @Test func kernelsThatCannotBeBuiltAreErrorFrames() async throws {
        try await self.withWorker(["SHOUT_BROKEN": "1", "SHOUT_LAZY_BOOT": "1"]) { worker, _ async throws in
            let frame = try await self.shout("hello", worker)
            #expect(frame.flags.contains(.error))
            #expect(!String(buffer: frame.payload).contains("Hoarse"))
        }
    }

    /// In a separate process, which bootstraps a metrics backend.
    @Test func metricsHaveTheModeAsALabel() async throws {
        await #expect(processExitsWith: .success) { () async throws in
            let probe = MetricsProbe()
            MetricsSystem.bootstrap(probe)
            try await TestWorker.with(kernel: ShoutKernel.self, mode: Shout.mode) { worker in
                for text in ["hello", "hoarse", ""] {
                    try await worker.send(payload: ByteBuffer(string: "loudly"), body: ByteBuffer(string: text))
                    _ = try await worker.nextFrame()
                }
                try await worker.stop()
                _ = try await worker.waitForExit()
            }
            #expect(probe.count("rr_worker_requests_total", mode: "shout") == 3)
            #expect(probe.count("rr_worker_errors_total", mode: "shout") == 1)
        }
    }
}

/// Accepts payloads up to 1000 bytes.
private struct SmallShoutKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.maximumPayloadSize = 1000
        return options
    }

    init(_ boot: BootContext) {}
    var workers: some Workers { Shout() }
}

extension WorkerPluginTests {
    /// Unless the plugin has its own response.
    @Test func payloadsThatCannotBeHandledAreErrorFrames() async throws {
        try await TestWorker.with(kernel: SmallShoutKernel.self, mode: Shout.mode) { worker async throws in
            #expect(try await self.shout(String(repeating: "a", count: 5000), worker).flags.contains(.error))
            try await worker.send(Frame(options: [1, 2, 3], payload: ByteBuffer(string: "x")))
            #expect(try await worker.nextFrame().flags.contains(.error))
            #expect(String(buffer: try await self.shout("hello", worker).payload) == "HELLO!")
        }
    }
}
