import Foundation
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerSentry

private struct Inner: Error, CustomStringConvertible {
    var description: String { "inner" }
}

private struct Outer: Error, CustomStringConvertible {
    let underlying: any Error = Inner()
    var description: String { "outer" }
}

/// Fails depending on the path, and reports to Sentry.
private struct FailingKernel: Kernel {
    @TaskLocal static var reporters: [any ErrorReporter] = []

    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.errorReporters = Self.reporters
        return options
    }

    init(_ boot: BootContext) {}

    var workers: some Workers {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
                ErrorScope.setUser("user-7")
                ErrorScope.setTag("area", "tests")
                context.logger.info("before it fails")
                switch request.uri.path {
                case "/throw": throw Outer()
                case "/stream":
                    return Response(
                        status: .ok,
                        body: ResponseBody { writer in
                            try await writer.write(ByteBuffer(string: "x"))
                            throw Outer()
                        })
                case "/after":
                    context.afterResponse { throw Outer() }
                    return Response(status: .ok)
                case "/refuse": throw HTTPError(.conflict)
                default: return Response(status: .ok)
                }
            })
    }
}

@Suite(.timeLimit(.minutes(1))) struct SentryReporterTests {
    @Test(arguments: [
        ("https://abc123@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/"),
        ("http://key:secret@localhost:8000/prefix/7", "http://localhost:8000/prefix/api/7/envelope/"),
        ("HTTPS://k@[::1]:9/x", "https://[::1]:9/api/x/envelope/"),
    ])
    func dsnsAreRead(_ text: String, _ url: String) throws { #expect(try SentryDSN(text).envelopeURL == url) }

    @Test(arguments: [
        "", "https://", "ftp://k@h/1", "https://h/1", "https://@h/1", "https://k@/1", "https://k@h", "https://k@h/", "k@h/1",
        "https://k\n@h/1",
    ])
    func nonsenseIsATypedErrorThatHidesIt(_ text: String) {
        do {
            _ = try SentryDSN(text)
            Issue.record("\(text) was accepted")
        } catch {
            #expect("\(error)".contains("SENTRY_DSN"))
        }
    }

    @Test func eachFailureIsOneEventWithoutSecrets() async throws {
        try await EnvelopeServer.with { server, port in
            var options = SentryReporter.Options()
            options.environment = "tests"
            options.release = "1.2.3"
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"), options: options)
            try await FailingKernel.$reporters.withValue([reporter]) {
                try await TestWorker.with(kernel: FailingKernel.self) { worker async throws in
                    func send(_ path: String) async throws {
                        _ = try await worker.send(
                            .get(
                                path + "?password=hunter2&a=1",
                                headers: [("Authorization", "Bearer hunter2"), ("Cookie", "s=hunter2"), ("User-Agent", "test")]))
                    }
                    for path in ["/ok", "/throw", "/stream", "/after", "/refuse"] { try await send(path) }
                    // The next payload waits for the work after the previous response.
                    try await send("/ok")
                    await reporter.flush(within: .seconds(10))
                }
            }
            let envelopes = server.envelopes.withLock { $0 }
            #expect(envelopes.count == 3)
            for (envelope, expected) in zip(
                envelopes, [("before head", "/throw"), ("streaming", "/stream"), ("after response", "/after")])
            {
                #expect(envelope.path == "/api/42/envelope/")
                #expect(envelope.auth.contains("sentry_key=key"))
                #expect(envelope.lines.count == 3)
                #expect(!envelope.lines.joined().contains("hunter2"))
                let event = try envelope.event()
                #expect(event["environment"] as? String == "tests")
                #expect(event["release"] as? String == "1.2.3")
                #expect((event["user"] as? [String: String])?["id"] == "user-7")
                let tags = try #require(event["tags"] as? [String: String])
                #expect(tags["area"] == "tests")
                #expect(tags["phase"] == expected.0)
                let values = try #require((event["exception"] as? [String: Any])?["values"] as? [[String: Any]])
                // The cause comes first.
                #expect(values.map { $0["value"] as? String } == ["inner", "outer"])
                let crumbs = (event["breadcrumbs"] as? [String: Any])?["values"] as? [[String: Any]]
                #expect(crumbs?.contains { $0["message"] as? String == "before it fails" } == true)
                if expected.0 != "after response" {
                    let request = try #require(event["request"] as? [String: Any])
                    #expect(request["url"] as? String == "http://localhost\(expected.1)")
                    #expect((request["query_string"] as? String)?.contains("a=1") == true)
                    #expect((request["headers"] as? [String: String])?["User-Agent"] == "test")
                }
            }
            #expect(reporter.droppedCount == 0)
        }
    }

    @Test func bootFailuresAreReported() async throws {
        struct Unbootable: Kernel {
            @TaskLocal static var reporters: [any ErrorReporter] = []
            static var options: RuntimeOptions {
                var options = RuntimeOptions()
                options.errorReporters = Self.reporters
                return options
            }
            init(_ boot: BootContext) throws { throw Outer() }
            var workers: some Workers { HTTP(CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in Response(status: .ok) }) }
        }
        try await EnvelopeServer.with { server, port in
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"))
            _ = try? await Unbootable.$reporters.withValue([reporter]) {
                try await TestWorker.with(kernel: Unbootable.self) { worker async throws in _ = try await worker.send(.get("/")) }
            }
            await reporter.flush(within: .seconds(10))
            let envelopes = server.envelopes.withLock { $0 }
            #expect(envelopes.count == 1)
            #expect(try envelopes.first?.event()["level"] as? String == "fatal")
        }
    }

    @Test func aServerCanRequestAPause() async throws {
        try await EnvelopeServer.with { server, port in
            server.status.withLock { $0 = .tooManyRequests }
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"))
            let report = ErrorReport.test
            reporter.report(report)
            await reporter.flush(within: .seconds(10))
            for _ in 0..<5 { reporter.report(report) }
            await reporter.flush(within: .seconds(10))
            #expect(server.envelopes.withLock { $0.count } == 1)
            #expect(reporter.droppedCount == 6)
        }
    }

    private enum Caller { @TaskLocal static var name: String? }

    /// Reports are sent for all requests, rather than for the one that failed first.
    @Test func reportsAreSentOutsideOfRequests() async throws {
        let senders = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in
            ClosureLogHandler { _ in senders.withLock { $0.append(Caller.name ?? "nobody") } }
        }
        // No server listens there.
        let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:1/42"), logger: logger)
        Caller.$name.withValue("ann") { reporter.report(.test) }
        await reporter.flush(within: .seconds(20))
        #expect(senders.withLock { $0 } == ["nobody"])
    }

    @Test func reportingNeitherWaitsNorGrows() async throws {
        // No server listens there.
        let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:1/42"))
        for _ in 0..<1000 { reporter.report(.test) }
        await reporter.flush(within: .milliseconds(100))
        // A hundred reports wait, and one may be in flight.
        #expect(reporter.droppedCount >= 899)
        var options = SentryReporter.Options()
        options.sampleRate = 0
        let silent = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:1/42"), options: options)
        silent.report(.test)
        await silent.flush(within: .seconds(10))
        #expect(silent.droppedCount == 0)
    }
}

extension ErrorReport {
    fileprivate static let test = ErrorReport(
        error: Inner(), phase: .beforeHead, request: nil, details: nil, user: nil, tags: [:], breadcrumbs: [])
}
