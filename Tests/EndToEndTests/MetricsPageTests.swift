import CoreMetrics
import Foundation
import Goridge
import Logging
import RoadRunnerObservability
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests a real RoadRunner's Prometheus page and log, when `RR_BINARY` names one.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(3)))
struct MetricsPageTests {
    /// The page, once it contains all the lines, or its state after ten seconds.
    private func page(
        of server: RoadRunnerServer, with lines: [String], meanwhile: () async throws -> Void = {}
    ) async throws -> Set<Substring> {
        var page: Set<Substring> = []
        for _ in 0..<100 where !page.isSuperset(of: lines.map { $0[...] }) {
            try await meanwhile()
            try await Task.sleep(for: .milliseconds(100))
            let text = (try? await RawHTTPClient(port: server.metricsPort).send("GET", "/metrics").body) ?? ""
            page = Set(text.split(separator: "\n"))
        }
        return page
    }

    /// Lines at warning and above that are about metrics or locks.
    private func complaints(in output: String) -> [Substring] {
        output.split(separator: "\n").filter { line in
            ["WARN", "ERROR", "\"warning\"", "\"error\""].contains { line.contains($0) }
                && ["metric", "collector", "lock", "cardinality"].contains { line.contains($0) }
        }
    }

    @Test func workersCountTogetherWithoutWarnings() async throws {
        let server = try RoadRunnerServer(pool: ["num_workers: 8"])
        try await server.waitUntilReady()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { () async throws in
                    for _ in 0..<10 { #expect(try await server.get("/metrics-demo").status == 200) }
                }
            }
            try await group.waitForAll()
        }
        let lines = [
            "http_server_active_requests{http_request_method=\"GET\"} 0", "demo_visits_total{kind=\"route\"} 160",
            "hb_requests{http_request_method=\"GET\",http_response_status_code=\"200\",http_route=\"/metrics-demo\"} 160",
            "rr_worker_handler_seconds_count{mode=\"http\"} 161", "rr_worker_boots_total 8",
        ]
        let page = try await self.page(of: server, with: lines)
        for line in lines { #expect(page.contains(line[...]), "\(line): \(page.sorted().joined(separator: "\n"))") }
        #expect(await server.stop() == .exited(0))
        #expect(self.complaints(in: server.output).isEmpty)
        // Proves that the search finds warnings.
        #expect(!self.complaints(in: "2026\tWARN\tmetrics\tmetric with provided name already exist").isEmpty)
    }

    /// Like several programs beside RoadRunner.
    @Test func gaugesAddUpAndReturnWithRoadRunner() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        var options = RoadRunnerMetrics.Options()
        options.interval = .seconds(3600)
        let programs = try (0..<3).map { _ in
            let metrics = RoadRunnerMetrics(options: options)
            metrics.attach(
                try RPCClient(address: .tcp(host: "127.0.0.1", port: server.rpcPort), logger: Logger(label: "test")),
                outlivesRoadRunner: true)
            return metrics
        }
        func flush() async {
            await withTaskGroup(of: Void.self) { group in for metrics in programs { group.addTask { await metrics.flush() } } }
        }
        let dimensions = [[("route", "/"), ("status", "200")], [("status", "200"), ("route", "/")]]
        for (index, metrics) in programs.enumerated() {
            Meter(label: "connections", dimensions: [("pool", "a")], factory: metrics).set(index + 1)
            Meter(label: "plain", factory: metrics).increment(by: 0.5)
            Counter(label: "answers", dimensions: dimensions[index % 2], factory: metrics).increment()
        }
        await flush()
        let lines = [
            "connections{pool=\"a\"} 6", "plain 1.5", "answers{route=\"/\",status=\"200\"} 3",
        ]
        let page = try await self.page(of: server, with: lines)
        for line in lines { #expect(page.contains(line[...]), "\(line)") }
        #expect(page.filter { $0.hasPrefix("answers{") }.count == 1)
        // One of the programs ends.
        await programs[2].flush(within: .seconds(10))
        let left = ["connections{pool=\"a\"} 3", "plain 1"]
        #expect(try await self.page(of: server, with: left).isSuperset(of: left.map { $0[...] }))

        _ = await server.kill()
        try await server.waitUntilFree()
        let again = try server.startAgain()
        defer { again.signal(SIGKILL) }
        let afterRestart = try await self.page(of: server, with: left) { await flush() }
        for line in left {
            #expect(afterRestart.contains(line[...]), "\(line): \(afterRestart.sorted().joined(separator: "\n"))")
        }
        again.signal(SIGTERM)
        _ = await again.waitForExit(timeout: .seconds(45))
        for output in [server.output, again.standardError.current] { #expect(self.complaints(in: output).isEmpty) }
    }
}
