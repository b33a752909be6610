import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport

/// Processes of the demo.
enum DemoProcess {
    /// The environment of the demo, with which it neither connects to a RoadRunner nor leaves files behind.
    static func environment(_ folder: String) -> [String: String] {
        [
            "KV_AUTO_REGISTER": "false", "KV_KEYPAIR_PATH": "", "VAULT_KEY_PATH": folder + "/vault.key",
            "CRASH_LOG_DIR": folder + "/crash",
        ]
    }

    /// Runs the demo as RoadRunner starts it, in a separate process.
    static func with<Result>(
        environment: [String: String] = [:], relay: TestWorker.Relay = .pipes, mode: WorkerMode = .http,
        performsHandshake: Bool = true, _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await TestWorker.with(
                process: BuiltProducts.example("Demo"), environment: self.environment(folder).merging(environment) { $1 },
                relay: relay, mode: mode, performsHandshake: performsHandshake, body)
        }
    }

    /// Runs the demo without RoadRunner, on a free port.
    static func withStandalone<Result>(
        environment: [String: String] = [:], _ body: (Int, ChildProcess) async throws -> Result
    ) async throws -> Result {
        var variables = Environment.withoutRoadRunner
        variables["HTTP_PORT"] = "0"
        return try await withTemporaryDirectory { folder in
            variables.merge(self.environment(folder)) { $1 }
            return try await self.withStandalone(variables.merging(environment) { $1 }, body)
        }
    }

    private static func withStandalone<Result>(
        _ variables: [String: String], _ body: (Int, ChildProcess) async throws -> Result
    ) async throws -> Result {
        let process = try ChildProcess(
            BuiltProducts.example("Demo"), arguments: [], environment: variables, input: nil,
            output: nil, loop: Peer.sharedLoop())
        defer { process.signal(SIGKILL) }
        // The demo logs its address once it listens.
        _ = await process.standardError.wait(for: "listening on http://", timeout: .seconds(30))
        let text = process.standardError.current
        guard let match = text.firstMatch(of: /listening on http:\/\/127\.0\.0\.1:([0-9]+)/), let port = Int(match.1) else {
            throw RawHTTPClient.Failure(description: "the demo does not listen: \(text)")
        }
        return try await body(port, process)
    }
}
