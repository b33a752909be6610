import Foundation
import RoadRunnerTesting
import TestSupport

/// A shared pool of the tests' kernel, and its folder.
struct SharedPool: Sendable {
    let pool: TestPool
    let folder: String

    static let program = BuiltProducts.path("PoolKernel")

    /// - Parameters:
    ///   - isShared: whether the environment selects the shared runtime.
    static func with<Result>(
        workers count: Int = 4, relay: TestWorker.Relay = .pipes, program: String = Self.program, arguments: [String] = [],
        environment: [String: String] = [:], isShared: Bool = true, _ body: (SharedPool) async throws -> Result
    ) async throws -> Result {
        try await withShortDirectory { folder in
            var variables = Self.variables(folder).merging(environment) { $1 }
            if !isShared { variables["APP_RUNTIME"] = nil }
            return try await TestPool.with(
                process: program, arguments: arguments, workers: count, environment: variables, relay: relay
            ) { pool in try await body(SharedPool(pool: pool, folder: folder)) }
        }
    }

    static func variables(_ folder: String) -> [String: String] {
        // The socket is in the tests' folder, where they find it, and with which they remove it.
        ["APP_RUNTIME": "shared", "POOL_DIARY": folder + "/diary", "CRASH_LOG_DIR": folder + "/crash", "XDG_RUNTIME_DIR": folder]
    }

    /// The pid of the serving process.
    func hostID() async throws -> pid_t {
        let response = try await self.pool.send(.get("/pid"))
        guard let pid = pid_t(response.text) else { throw Unexpected(description: "no pid: \(response.text)") }
        return pid
    }

    struct Unexpected: Error, CustomStringConvertible { let description: String }

    /// The events of the kernels, one per line, each with the pid.
    func diary() -> [String] {
        let text = (try? String(contentsOfFile: self.folder + "/diary", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Whether each kernel but the last one was stopped before the next one was built.
    func kernelsHaveNotOverlapped() -> Bool {
        var living: String?
        for line in self.diary() {
            let parts = line.split(separator: " ")
            guard parts.count == 2 else { return false }
            let pid = String(parts[1])
            if parts[0] == "boot" {
                guard living == nil else { return false }
                living = pid
            } else {
                guard living == pid else { return false }
                living = nil
            }
        }
        return true
    }

    /// The path of the socket on which the host listens.
    func socket() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.folder + "/roadrunner-swift")
        guard let name = names.first(where: { !$0.hasSuffix(".lock") }) else {
            throw Unexpected(description: "no socket: \(names)")
        }
        return "\(self.folder)/roadrunner-swift/\(name)"
    }

    /// Sends requests from concurrent tasks until `body` has returned.
    ///
    /// - Returns: the number of responses, and the failures.
    func underLoad(
        _ path: String = "/sleep?ms=2", tasks: Int = 8, _ body: () async throws -> Void
    ) async throws -> (answered: Int, failures: [String]) {
        try await Load.during(tasks: tasks) {
            let response = try await self.pool.send(.get(path))
            return response.status == .ok ? nil : "\(response.status)"
        } _: {
            try await body()
        }
    }
}

/// Creates a temporary folder whose path is short enough for sockets.
func withShortDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = "/tmp/rr-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Whether a process exists.
func isAlive(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 }

/// Waits for the end of a process that is not a child.
func hasEnded(_ pid: pid_t, within seconds: Double = 20) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if !isAlive(pid) || isZombie(pid) { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

/// Whether a process has exited, but has not been waited for.
private func isZombie(_ pid: pid_t) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: ")").last?.hasPrefix(" Z") ?? false
}
