import Foundation
import RoadRunnerTesting
import Testing

/// Tests the demo's metrics and logs from outside.
@Suite(.timeLimit(.minutes(2))) struct ObservabilityTests {
    @Test func metricsReachRoadRunner() async throws {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            try await DemoProcess.with(environment: server.environment) { worker async throws in
                for _ in 0..<10 { #expect(try await worker.send(.get("/metrics-demo")).text == "counted\n") }
                #expect(try await worker.send(.get("/throw")).status == 500)
                _ = try await worker.send(.get("/counter"))
                // The worker sends the remaining metrics before it exits.
                try await worker.stop()
                #expect(try await worker.waitForExit() == .exited(0))
            }
            let metrics = await server.metrics
            #expect(metrics["demo_visits_total{kind=\"route\"}"] == 10)
            #expect(metrics["demo_work_seconds_count"] == 10)
            #expect((metrics["demo_work_seconds_sum"] ?? 0) >= 0.05)
            #expect(metrics["rr_worker_requests_total{mode=\"http\"}"] == 12)
            #expect(metrics["rr_worker_errors_total{mode=\"http\"}"] == 1)
            #expect(metrics["rr_worker_handler_seconds_count{mode=\"http\"}"] == 12)
            #expect(metrics["rr_worker_boots_total"] == 1)
            #expect(metrics["rr_worker_reboots_total"] == 1)
            #expect((metrics["rr_worker_frames_total{direction=\"in\"}"] ?? 0) >= 12)
            #expect((metrics["rr_worker_bytes_total{direction=\"out\"}"] ?? 0) > 500)
            #expect((metrics["rr_worker_rpc_calls_total"] ?? 0) >= 3)
            #expect(await !server.hasCrashed)
        }
    }

    @Test func productionLogsAreOneJSONObjectPerLine() async throws {
        try await DemoProcess.with { worker async throws in
            #expect(try await worker.send(.get("/throw")).status == 500)
            #expect(await worker.waitForStandardError(containing: "out of coffee"))
            let lines = worker.standardError.split(separator: "\n").filter { $0.hasPrefix("{") }
            let objects = try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
            let failures = objects.filter { $0["level"] as? String == "error" }
            // A failure is exactly one line.
            #expect(failures.count == 1)
            let failure = try #require(failures.first)
            #expect(failure["rr.phase"] as? String == "before head")
            #expect(failure["rr.route"] as? String == "/throw")
            #expect((failure["rr.request.id"] as? String)?.isEmpty == false)
            #expect(failure["rr.pid"] as? String == "\(worker.processID ?? 0)")
            #expect(failure["rr.mode"] as? String == "http")
        }
    }

    @Test func debugPrintsReadableEventsAndHasAnInspector() async throws {
        try await DemoProcess.with(environment: ["APP_ENV": "dev"]) { worker async throws in
            _ = try await worker.send(.get("/hello"))
            _ = try await worker.send(.get("/reboot"))
            _ = try await worker.send(.get("/hello"))
            #expect(await worker.waitForStandardError(containing: "event: received GET /hello"))
            #expect(await worker.waitForStandardError(containing: "event: kernel rebooted, asked for at /reboot"))
            #expect(try await worker.send(.get("/_roadrunner")).text.contains("GET /reboot"))
        }
    }

    @Test func logsGoToRoadRunnersLoggerOnRequest() async throws {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            try await DemoProcess.with(environment: server.environment.merging(["LOG_TO_ROADRUNNER": "true"]) { $1 }) {
                worker async throws in
                _ = try await worker.send(.get("/throw"))
                try await worker.stop()
                #expect(try await worker.waitForExit() == .exited(0))
            }
            #expect(await server.logLines.contains { $0.hasPrefix("Error ") && $0.contains("out of coffee") })
        }
    }

    @Test func invalidOptionsAreOneLine() async throws {
        for (key, value) in [
            ("SENTRY_DSN", "nonsense"), ("SENTRY_SAMPLE_RATE", "7"), ("KERNEL_REBOOT", "maybe"), ("WORKER_MAX_AGE", "-1"),
            ("INSPECTOR_PATH", "x"), ("LOG_FORMAT", "xml"), ("HTTP_INFORMATIONAL", "perhaps"), ("REQUEST_DEADLINE", "0"),
        ] {
            let more = key == "SENTRY_SAMPLE_RATE" ? ["SENTRY_DSN": "http://k@127.0.0.1:1/1"] : [:]
            try await DemoProcess.with(environment: [key: value].merging(more) { $1 }, performsHandshake: false) {
                worker async throws in
                #expect(try await worker.waitForExit() == .exited(1))
                #expect(await worker.waitForStandardError(containing: key), "\(key): \(worker.standardError)")
            }
        }
    }
}
