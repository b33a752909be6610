import HTTPTypes
import RoadRunnerRuntime
import Synchronization
import Testing

@testable import RoadRunnerSentry

/// Tests Sentry's rate limits.
@Suite(.timeLimit(.minutes(1))) struct SentryRateLimitTests {
    @Test(
        arguments: [
            (200, ["60:error:organization"], nil, 60), (200, ["60::organization"], nil, 60),
            (200, ["60:transaction:key"], nil, nil),
            (200, ["60:transaction:key, 120:default;error:organization:reason"], nil, 120),
            (200, ["10:error", "20:error"], nil, 20),
            (429, ["60:transaction:organization"], "30", nil), (429, ["2:error:project"], "30", 2), (429, [], "30", 30),
            (429, [], nil, 60), (429, [], "soon", 60), (429, [], "Thu, 01 Jan 1970 00:16:50 GMT", 10),
            (429, [], "Thu, 01 Jan 1970 00:00:00 GMT", nil), (429, [], "0", nil), (429, [], "99999999999999999999", 86_400),
            (200, ["99999999999999999999:error:key"], nil, 86_400), (200, ["x:error:key"], nil, 60),
            (200, ["2.5:error:key"], nil, 2),
            (200, [""], nil, nil), (200, ["60"], nil, nil), (200, ["60:errors:key"], nil, nil), (200, [], "30", nil),
            (503, [], "30", nil),
            (200, [" 60:error:key"], nil, 60), (200, ["-5:error:key"], nil, 60), (200, ["0:error:key"], nil, nil),
        ] as [(Int, [String], String?, Int?)])
    func limits(_ status: Int, _ limits: [String], _ retryAfter: String?, _ expected: Int?) {
        var state = SentryRateLimits()
        let now = ContinuousClock.now
        #expect(!state.isPaused(at: now))
        let pause = state.note(status: UInt(status), limits: limits, retryAfter: retryAfter, at: now, date: 1000)
        #expect(pause == expected)
        #expect(state.isPaused(at: now) == (expected != nil))
        if let expected {
            #expect(state.isPaused(at: now + .seconds(expected - 1)) && !state.isPaused(at: now + .seconds(expected)))
        }
    }

    /// A shorter pause does not end a longer one.
    @Test func longerPausesStay() {
        var state = SentryRateLimits()
        let now = ContinuousClock.now
        _ = state.note(status: 200, limits: ["60:error:key"], retryAfter: nil, at: now, date: 0)
        _ = state.note(status: 200, limits: ["1:error:key"], retryAfter: nil, at: now, date: 0)
        #expect(state.isPaused(at: now + .seconds(59)))
    }

    private static let report = ErrorReport(
        error: CancellationError(), phase: .beforeHead, request: nil, details: nil, user: nil, tags: [:], breadcrumbs: [])

    /// Waiting reports are not sent during the pause, and an accepted report counts as sent.
    @Test func pausesAreCheckedBeforeEachReport() async throws {
        let name = HTTPField.Name(known: "X-Sentry-Rate-Limits")
        try await EnvelopeServer.with { server, port in
            server.headers.withLock { $0 = [name: "60:error:organization"] }
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"))
            for _ in 0..<50 { reporter.report(Self.report) }
            await reporter.flush(within: .seconds(10))
            #expect(server.envelopes.withLock { $0.count } == 1)
            #expect(reporter.droppedCount == 49)
            reporter.report(Self.report)
            #expect(reporter.droppedCount == 50)
        }
        try await EnvelopeServer.with { server, port in
            server.status.withLock { $0 = .tooManyRequests }
            server.headers.withLock { $0 = [name: "60:transaction:organization", .retryAfter: "60"] }
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"))
            for _ in 0..<3 { reporter.report(Self.report) }
            await reporter.flush(within: .seconds(10))
            #expect(server.envelopes.withLock { $0.count } == 3)
        }
    }

    /// The timeout covers the whole response.
    @Test func responsesThatDoNotEndAreAbandoned() async throws {
        try await EnvelopeServer.with { server, port in
            server.stalls.withLock { $0 = true }
            var options = SentryReporter.Options()
            options.timeout = .milliseconds(300)
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"), options: options)
            for _ in 0..<3 { reporter.report(Self.report) }
            await reporter.flush(within: .seconds(20))
            #expect(reporter.droppedCount == 3)
            #expect(server.envelopes.withLock { $0.count } == 3)
        }
    }

    /// A report that follows a redirect would be lost.
    @Test func redirectsAreNotFollowed() async throws {
        try await EnvelopeServer.with { server, port in
            server.status.withLock { $0 = .temporaryRedirect }
            server.headers.withLock { $0 = [.location: "http://127.0.0.1:\(port)/elsewhere"] }
            let reporter = SentryReporter(dsn: try SentryDSN("http://key@127.0.0.1:\(port)/42"))
            reporter.report(Self.report)
            await reporter.flush(within: .seconds(10))
            #expect(server.envelopes.withLock { $0.map(\.path) } == ["/api/42/envelope/"])
            #expect(reporter.droppedCount == 1)
        }
    }
}
