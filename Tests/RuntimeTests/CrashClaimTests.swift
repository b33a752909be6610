import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerRuntime

/// Collects reports, and returns the next one.
private final class Reports: ErrorReporter {
    private let stream: AsyncStream<ErrorReport>
    private let continuation: AsyncStream<ErrorReport>.Continuation

    init() { (self.stream, self.continuation) = AsyncStream.makeStream() }

    func report(_ report: ErrorReport) { self.continuation.yield(report) }
    func flush(within deadline: Duration) async {}

    func next() async throws -> ErrorReport {
        for await report in self.stream { return report }
        throw CancellationError()
    }
}

@Suite(.timeLimit(.minutes(1))) struct CrashClaimTests {
    private static let text = """
        [roadrunner-swift] crashed by SIGILL while it handled GET /a b (request 12ab, mode http, pid 7)
        signal: SIGILL
        time: 2026-11-25T10:20:30Z
        mode: http
        request: 12ab GET /a b
        in flight: 12ac GET /other

        *** Program crashed ***
        at main.swift:1

        """

    private func claims(_ reports: Reports) -> CrashClaims {
        let logger = Logger(label: "crash") { _ in SwiftLogNoOpLogHandler() }
        return CrashClaims(
            logger: logger, events: LifecycleEventDispatcher([], reporters: [reports], metrics: nil, logger: logger))
    }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func theNoteOfAKilledBacktracerIsNotABacktrace() {
        let note = "\n[roadrunner-swift] the backtracer took too long, and was ended\n"
        let head = Self.text.components(separatedBy: "***")[0]
        #expect(WorkerCrash(head + note, file: "file").backtrace.isEmpty)
        #expect(WorkerCrash(head + "*** Signal 4" + note, file: "file").backtrace == "*** Signal 4")
    }

    @Test func reportersGetTheDetails() async throws {
        try await withTemporaryDirectory { folder in
            try self.write(Self.text, "\(folder)/crash-20261125T102030Z-7.new")
            let reports = Reports()
            self.claims(reports).begin(in: [CrashFolder(path: folder), CrashFolder(path: "\(folder)/missing")])
            let report = try await reports.next()
            let crash = try #require(report.error as? WorkerCrash)
            #expect(crash.signal == "SIGILL")
            #expect(crash.summary == "crashed by SIGILL while it handled GET /a b (request 12ab, mode http, pid 7)")
            #expect(crash.backtrace == "*** Program crashed ***\nat main.swift:1")
            #expect(crash.description == crash.summary + "\n" + crash.backtrace)
            #expect(crash.file == "\(folder)/crash-20261125T102030Z-7.log")
            #expect(report.phase == .crash)
            #expect(report.request?.id == "12ab")
            #expect(report.request?.name == "GET /a b")
            #expect(report.request?.mode == .http)
            #expect(try self.names(folder) == ["crash-20261125T102030Z-7.log"])
        }
    }

    /// One file, and many claims.
    @Test func aFileIsClaimedOnce() async throws {
        try await withTemporaryDirectory { folder in
            let count = Mutex(0)
            try self.write(Self.text, "\(folder)/crash-20261125T102030Z-7.new")
            let reports = Reports()
            for _ in 0..<8 { self.claims(reports).begin(in: [CrashFolder(path: folder)]) }
            _ = try await reports.next()
            count.withLock { $0 += 1 }
            // The next report belongs to the next file: the first one is not claimed again.
            try self.write("[roadrunner-swift] crashed by SIGBUS\nsignal: SIGBUS\n\n", "\(folder)/crash-20261125T102031Z-7.new")
            self.claims(reports).begin(in: [CrashFolder(path: folder)])
            let next = try #require(try await reports.next().error as? WorkerCrash)
            #expect(next.signal == "SIGBUS")
            #expect(next.backtrace.isEmpty)
        }
    }

    /// The writer of an incomplete file holds a lock.
    @Test func aFileIsClaimedWhenItIsComplete() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/crash-20261125T102030Z-7.new"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            #expect(flock(descriptor, LOCK_EX) == 0)
            let reports = Reports()
            try self.write(Self.text, "\(folder)/part")
            let first = "[roadrunner-swift] crashed by SIGILL\nsignal: SIGILL\n"
            #expect(first.withCString { Foundation.write(descriptor, $0, first.utf8.count) } == first.utf8.count)
            self.claims(reports).begin(in: [CrashFolder(path: folder)])
            let rest = "\nthe backtrace\n"
            #expect(rest.withCString { Foundation.write(descriptor, $0, rest.utf8.count) } == rest.utf8.count)
            #expect(try self.names(folder).contains("crash-20261125T102030Z-7.new"))
            close(descriptor)
            let crash = try #require(try await reports.next().error as? WorkerCrash)
            #expect(crash.backtrace == "the backtrace")
        }
    }

    /// A link may lead anywhere.
    @Test func linksAndEmptyFilesAreNotClaimed() async throws {
        try await withTemporaryDirectory { folder in
            try self.write(Self.text, "\(folder)/target")
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/crash-20261125T102029Z-7.new", withDestinationPath: "\(folder)/target")
            try self.write("", "\(folder)/crash-20261125T102030Z-7.new")
            try self.write(Self.text.replacing("SIGILL", with: "SIGFPE"), "\(folder)/crash-20261125T102031Z-7.new")
            let reports = Reports()
            self.claims(reports).begin(in: [CrashFolder(path: folder)])
            #expect(try #require(try await reports.next().error as? WorkerCrash).signal == "SIGFPE")
            #expect(try self.names(folder).filter { $0.hasSuffix(".new") }.count == 2)
        }
    }

    @Test func theTenNewestAreKept() async throws {
        try await withTemporaryDirectory { folder in
            for number in 10..<30 {
                try self.write("x", "\(folder)/crash-202611\(number)T000000Z-1.\(number % 2 == 0 ? "log" : "new")")
            }
            try self.write("x", "\(folder)/notes.log")
            CrashFolder(path: folder).prune()
            #expect(try self.names(folder).count == 11)
            #expect(try self.names(folder).first == "crash-20261120T000000Z-1.log")
        }
    }

    @Test(arguments: ["", "\n", "nonsense", "\n\nsignal: x", "[roadrunner-swift] crashed\nrequest: x\n"])
    func malformedReportsAreHarmless(_ text: String) {
        let crash = WorkerCrash(text, file: "f")
        #expect(crash.signal == "unknown")
        #expect(crash.request == nil)
    }

    @Test func namesOfExchangesAreTruncatedToFit() {
        for size in 0..<20 {
            var bytes = [UInt8](repeating: 0, count: size)
            let written = bytes.withUnsafeMutableBytes { buffer in
                buffer.write("/größe", at: buffer.write("GET ", at: 0))
            }
            #expect(bytes[..<written].elementsEqual("GET /größe".utf8.prefix(size)))
        }
    }
}
