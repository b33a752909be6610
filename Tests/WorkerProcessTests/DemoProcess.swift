import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport

/// What the demo is started with: it must not look for a RoadRunner, nor leave anything behind.
func demoEnvironment(_ folder: String) -> [String: String] {
    [
        "KV_AUTO_REGISTER": "false", "KV_KEYPAIR_PATH": "", "VAULT_KEY_PATH": folder + "/vault.key",
        "CRASH_LOG_DIR": folder + "/crash",
    ]
}

/// The demo as RoadRunner starts it, in a process of its own.
func withDemo<Result>(
    environment: [String: String] = [:], relay: TestWorker.Relay = .pipes, mode: WorkerMode = .http,
    performsHandshake: Bool = true, _ body: (TestWorker) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { folder in
        try await TestWorker.with(
            process: BuiltProducts.example("Demo"), environment: demoEnvironment(folder).merging(environment) { $1 },
            relay: relay, mode: mode, performsHandshake: performsHandshake, body)
    }
}
