import AsyncHTTPClient
import DequeModule
public import Logging
import NIOCore
import NIOHTTP1
public import RoadRunnerRuntime
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sends errors to Sentry, or to another server that accepts its envelopes, such as GlitchTip or Buggregator.
///
/// ``SentryIntegration`` creates one when `SENTRY_DSN` is in the environment. Reports wait in a queue and are sent one after the
/// other, off the request path; they are flushed when the process ends. They do not contain the values of secret headers and
/// parameters. When the server asks for a pause, reports are dropped until it is over. They have no stack trace: Swift's errors
/// do not record where they were thrown.
///
/// Source: Sentry's developer documentation, "Envelopes" and "Rate Limiting".
public final class SentryReporter: ErrorReporter {
    /// The contents of reports, and which of them are sent.
    public struct Options: Sendable {
        /// `SENTRY_ENVIRONMENT`: the value of `APP_ENV` unless it is set.
        public var environment = "production"
        /// `SENTRY_RELEASE`: the version of the application.
        public var release: String?
        /// `SENTRY_SERVER_NAME`: the name of this computer unless it is set.
        public var serverName: String? = SentryContexts.hostName
        /// `SENTRY_SAMPLE_RATE`: the share of reports to send, from 0 to 1.
        public var sampleRate = 1.0
        /// The time limit for sending one report, including the server's whole response.
        public var timeout: Duration = .seconds(5)

        /// Creates options with their default values.
        public init() {}
    }

    /// The maximum number of queued reports. Beyond it the newest are dropped.
    private static let capacity = 100

    private struct State {
        var waiting: Deque<SentryEvent> = []
        var sender: Task<Void, Never>?
        var dropped = 0
        var limits = SentryRateLimits()
    }

    /// The longest response that is read, in bytes. Servers send short ones.
    private static let maximumResponse = 64 * 1024

    /// The client of the whole process. It follows no redirects: they would lose the report, which is sent by POST.
    private static let client = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup,
        configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    private let dsn: SentryDSN
    private let options: Options
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates a reporter.
    ///
    /// - Parameter logger: logs reports that could not be sent.
    public init(dsn: SentryDSN, options: Options = Options(), logger: Logger = Logger(label: "roadrunner.sentry")) {
        self.dsn = dsn
        self.options = options
        self.logger = logger
    }

    /// The number of dropped reports: the queue was full, or the server rejected them or asked for a pause.
    public var droppedCount: Int { self.state.withLock { $0.dropped } }

    public func report(_ report: ErrorReport) {
        guard self.options.sampleRate >= 1 || Double.random(in: 0..<1) < self.options.sampleRate else { return }
        let id = UUID().uuidString.filter { $0 != "-" }.lowercased()
        let event = SentryEvent(report, id: id, now: Date().timeIntervalSince1970, self.options)
        self.state.withLock { state in
            guard state.waiting.count < Self.capacity, !state.limits.isPaused(at: .now) else {
                state.dropped += 1
                return
            }
            state.waiting.append(event)
            // The task sends the reports of all requests, and is part of none.
            if state.sender == nil { state.sender = Task.detached { await self.send() } }
        }
    }

    public func flush(within deadline: Duration) async {
        await self.state.withLock { $0.sender }?.value(within: deadline)
    }

    private func send() async {
        while true {
            let next = self.state.withLock { state -> SentryEvent? in
                if state.limits.isPaused(at: .now) {
                    state.dropped += state.waiting.count
                    state.waiting = []
                }
                guard !state.waiting.isEmpty else {
                    state.sender = nil
                    return nil
                }
                return state.waiting.removeFirst()
            }
            guard let next else { return }
            do {
                try await self.send(next)
            } catch {
                self.state.withLock { $0.dropped += 1 }
                self.logger.warning("could not send an error report: \(error)")
            }
        }
    }

    private struct Refused: Error, CustomStringConvertible {
        let status: UInt
        var description: String { "the server answered \(self.status)" }
    }

    private struct EnvelopeHeader: Encodable {
        let event_id: String
        let sent_at: String
    }

    private struct ItemHeader: Encodable {
        let type: String
        let length: Int
    }

    private func send(_ event: SentryEvent) async throws {
        let encoder = JSONEncoder()
        let body = try encoder.encode(event)
        let header = EnvelopeHeader(event_id: event.event_id, sent_at: Date().formatted(.iso8601))
        var envelope = ByteBuffer()
        for line in [try encoder.encode(header), try encoder.encode(ItemHeader(type: "event", length: body.count)), body] {
            envelope.writeBytes(line)
            envelope.writeString("\n")
        }
        var request = HTTPClientRequest(url: self.dsn.envelopeURL)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        request.headers.add(
            name: "X-Sentry-Auth",
            value: """
                Sentry sentry_version=7, sentry_client=roadrunner-swift/\(PackageVersion.current), sentry_key=\(self.dsn.publicKey)
                """)
        request.body = .bytes(envelope)
        // The client's own deadline covers only the head of the response.
        let timeout = min(self.options.timeout, .seconds(86_400))
        let (status, headers) = try await withDeadline(timeout) { [request] in
            let response = try await Self.client.execute(request, timeout: TimeAmount(timeout))
            var length = 0
            // The connection is reused only after its body was read.
            for try await part in response.body {
                length += part.readableBytes
                if length > Self.maximumResponse { break }
            }
            return (response.status.code, response.headers)
        }
        self.obey(status, headers)
        guard (200..<300).contains(status) else { throw Refused(status: status) }
    }

    private func obey(_ status: UInt, _ headers: HTTPHeaders) {
        let pause = self.state.withLock {
            $0.limits.note(
                status: status, limits: headers["X-Sentry-Rate-Limits"], retryAfter: headers.first(name: "Retry-After"), at: .now,
                date: Int(Date().timeIntervalSince1970))
        }
        if let pause {
            self.logger.warning("dropping error reports for \(pause) s, as the server asks")
        }
    }
}
