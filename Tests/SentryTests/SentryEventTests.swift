import Foundation
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerSentry

private struct Failed: Error, CustomStringConvertible {
    let description: String
}

/// Tests the contents of reports, and whether Sentry accepts them.
@Suite(.timeLimit(.minutes(1))) struct SentryEventTests {
    private struct RoutedKernel: Kernel {
        @TaskLocal static var reporters: [any ErrorReporter] = []

        static var options: RuntimeOptions {
            var options = RuntimeOptions()
            options.errorReporters = Self.reporters
            return options
        }

        init(_ boot: BootContext) {}

        var workers: some Workers {
            let router = Router(context: BasicRoadRunnerRequestContext.self)
            router.get("users/{id}") { _, _ -> Response in
                ErrorScope.setTag("sp ace/ž", "two\nlines")
                ErrorScope.setTag("empty", "  ")
                ErrorScope.setUser("user 7\n")
                throw Failed(description: "first\nsecond ž")
            }
            return HTTP(router)
        }
    }

    private static func report(_ name: String, mode: String) -> ErrorReport {
        ErrorReport(
            error: Failed(description: String(repeating: "long ", count: 4000)), phase: .beforeHead,
            request: RequestIdentity(mode: WorkerMode(rawValue: mode), name: name) { "1" }, details: nil, user: nil, tags: [:],
            breadcrumbs: [])
    }

    private static func options() -> SentryReporter.Options {
        var options = SentryReporter.Options()
        options.environment = "feature/x\n"
        options.release = "app@1.0/b\tc"
        return options
    }

    private static func object(_ report: ErrorReport, _ options: SentryReporter.Options = options()) throws -> [String: Any] {
        let event = SentryEvent(report, id: String(repeating: "a", count: 32), now: 1, options)
        return try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(event)) as? [String: Any])
    }

    /// Reports of one route form one group, for any number of paths.
    @Test func reportsNameTheirOrigin() async throws {
        try await EnvelopeServer.with { server, port in
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"), options: Self.options())
            try await RoutedKernel.$reporters.withValue([reporter]) {
                try await TestWorker.with(kernel: RoutedKernel.self) { worker async throws in
                    for path in ["/users/17?a=1", "/users/18"] { _ = try await worker.send(.get(path)) }
                    await reporter.flush(within: .seconds(10))
                }
            }
            let events = try server.envelopes.withLock { $0 }.map { try $0.event() }
            #expect(events.count == 2)
            #expect(events.map { $0["transaction"] as? String } == ["GET /users/{id}", "GET /users/{id}"])
            #expect(events.allSatisfy { ($0["transaction_info"] as? [String: String]) == ["source": "route"] })
            let event = try #require(events.first)
            #expect((event["request"] as? [String: Any])?["url"] as? String == "http://localhost/users/17")
            let name = try #require(event["server_name"] as? String)
            #expect(!name.isEmpty && name == SentryContexts.hostName)
            let contexts = try #require(event["contexts"] as? [String: [String: String]])
            #expect(contexts["runtime"]?["name"] == "Swift")
            #expect(contexts["runtime"]?["version"]?.wholeMatch(of: /[0-9]+\.[0-9]+(\.[0-9]+)?/) != nil)
            #expect(contexts["os"]?["name"]?.isEmpty == false && contexts["os"]?["kernel_version"]?.isEmpty == false)
            #expect((event["tags"] as? [String: String])?["sp_ace___"] == "two lines")
            #expect((event["tags"] as? [String: String])?["empty"] == nil)
            #expect(event["environment"] as? String == "feature-x-" && event["release"] as? String == "app@1.0-b-c")
        }
    }

    /// Clients choose channels and methods, so their number is unlimited.
    @Test func eventsOfAKindAreOneGroup() throws {
        let event = try Self.object(Self.report("publish chat:17", mode: "centrifuge"))
        #expect(event["transaction"] as? String == "centrifuge publish")
        #expect((event["extra"] as? [String: String])?["subject"] == "publish chat:17")
        let request = try Self.object(Self.report("GET /users/17", mode: "http"))
        #expect(request["transaction"] as? String == "GET /users/17")
        #expect((request["transaction_info"] as? [String: String]) == ["source": "url"])
        let boot = ErrorReport(
            error: Failed(description: "x"), phase: .boot, request: nil, details: nil, user: nil, tags: [:], breadcrumbs: [])
        #expect(try Self.object(boot)["transaction"] == nil)
    }

    /// Without a valid host the report has only the path.
    @Test(
        arguments: [
            ("example.org", "http://example.org/x"), ("example.org:8080", "http://example.org:8080/x"),
            ("[2001:db8::1]:80", "http://[2001:db8::1]/x"), ("exa mple", "/x"), ("a/b", "/x"), ("", "/x"),
        ])
    func addressesOfRequests(_ host: String, _ url: String) throws {
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "http", authority: nil, path: "/x"), body: RequestBody(buffer: ByteBuffer()))
        let details = HTTPSubject(request: request, info: RequestInfo(authority: host)).details
        let report = ErrorReport(
            error: Failed(description: "x"), phase: .beforeHead, request: nil, details: details, user: nil, tags: [:],
            breadcrumbs: [])
        #expect((try Self.object(report)["request"] as? [String: Any])?["url"] as? String == url)
    }

    private static let python = Environment.variable("SENTRY_PYTHON")

    /// Sentry's own normalizer from the package `sentry-relay` must remark on no report. It runs when `SENTRY_PYTHON` names a
    /// Python with that package, which `scripts/test` provides.
    @Test(.enabled(if: python != nil, "SENTRY_PYTHON is not set")) func sentryAcceptsThem() async throws {
        let texts = try await EnvelopeServer.with { server, port -> [String] in
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"), options: Self.options())
            try await RoutedKernel.$reporters.withValue([reporter]) {
                try await TestWorker.with(kernel: RoutedKernel.self) { worker async throws in
                    _ = try await worker.send(
                        .get("/users/17?a=1&b=%FF&c", headers: [("User-Agent", "ž\u{1}"), ("X-A", "1"), ("x-a", "2")]))
                    await reporter.flush(within: .seconds(10))
                }
            }
            reporter.report(Self.report("publish chat:17", mode: "centrifuge"))
            reporter.report(
                ErrorReport(
                    error: Failed(description: ""), phase: .boot, request: nil, details: nil, user: nil, tags: [:],
                    breadcrumbs: [
                        .init(time: .seconds(1), level: .critical, message: ""),
                        .init(time: .zero, level: .trace, message: "a\u{0}b"),
                    ]))
            await reporter.flush(within: .seconds(10))
            return server.envelopes.withLock { $0.map(\.text) }
        }
        #expect(texts.count == 3)
        try await withTemporaryDirectory { folder in
            var files: [String] = []
            for (number, text) in texts.enumerated() {
                files.append("\(folder)/\(number)")
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(number)"))
            }
            let script = Checkout.root.appending(path: "Tests/Programs/sentry_normalizer.py").path()
            let process = try ChildProcess(
                Self.python ?? "", arguments: [script] + files, environment: ProcessInfo.processInfo.environment, input: nil,
                output: nil, loop: Peer.sharedLoop())
            defer { process.signal(9) }
            let status = await process.waitForExit(timeout: .seconds(50))
            #expect(status == .exited(0), "\(process.standardError.current)")
        }
    }
}
