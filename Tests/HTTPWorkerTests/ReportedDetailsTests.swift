import HTTPTypes
import HTTPWorker
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import Testing

/// Tests which details of a request reporters send to collectors of errors.
@Suite(.timeLimit(.minutes(1))) struct ReportedDetailsTests {
    private final class Reports: ErrorReporter {
        @TaskLocal static var current = Reports()
        let all = Mutex<[ErrorReport]>([])
        func report(_ report: ErrorReport) { self.all.withLock { $0.append(report) } }
        func flush(within deadline: Duration) async {}
    }

    private struct Failure: Error {}

    private struct FailingKernel: Kernel {
        static var options: RuntimeOptions {
            var options = RuntimeOptions()
            options.errorReporters = [Reports.current]
            return options
        }

        init(_ boot: BootContext) {}
        var workers: some Workers { HTTP { _, _ -> String in throw Failure() } }
    }

    @Test func reportsContainOnlyHeadersWithoutSecrets() async throws {
        let reports = Reports()
        try await Reports.$current.withValue(reports) {
            try await TestWorker.with(kernel: FailingKernel.self) { worker in
                let headers: [(String, String)] = [
                    ("User-Agent", "test"), ("Accept", "text/html"), ("X-Tenant", "hunter2"), ("Cookie", "a=hunter2"),
                    ("X-Anything", "hunter2"), ("Referer", "https://app.test/reset?token=hunter2"),
                    ("X-Original-URL", "/a?token=hunter2"),
                ]
                var fields = HTTPFields()
                for (name, value) in headers { fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
                _ = try await worker.send(.get("/a;jsessionid=hunter2?token=hunter2", headers: fields))
            }
        }
        let report = try #require(reports.all.withLock { $0.first })
        let details = try #require(report.details)
        let names = details.headers.map { $0.name.lowercased() }.filter { $0 != "host" }.sorted()
        #expect(names == ["accept", "referer", "user-agent"])
        #expect(details.headers.allSatisfy { !$0.value.contains("hunter2") })
        let texts = [report.request?.name ?? "", details.path, details.query]
        #expect(texts == ["GET /a;jsessionid=••••", "/a;jsessionid=••••", "token=••••"])
    }
}
