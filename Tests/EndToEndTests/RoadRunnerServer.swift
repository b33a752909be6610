import Foundation
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

/// A real RoadRunner that serves the demo, on free ports, with a generated configuration.
final class RoadRunnerServer: Sendable {
    /// The binary that `RR_BINARY` names; without one these tests are skipped.
    static let binary = Environment.variable("RR_BINARY")

    let port: Int
    let rpcPort: Int
    /// The port of the Prometheus page.
    let metricsPort: Int
    /// The port to which Centrifugo sends its events.
    let proxyPort: Int
    private let current: Mutex<ChildProcess>
    private var process: ChildProcess { self.current.withLock { $0 } }
    private let directory: URL

    /// - Parameters:
    ///   - pool: lines of the section `http.pool`.
    ///   - section: more lines of the section `http`.
    ///   - environment: variables for RoadRunner, which passes them on to the workers.
    ///   - centrifugoAPI: the port of Centrifugo's gRPC API; without it there are no workers for Centrifugo.
    ///   - storages: lines of the section `kv`, besides `cache` and `vault`.
    init(
        pool: [String] = ["num_workers: 1"], relay: String = "pipes", http section: [String] = [],
        environment: [String: String] = [:], native: Bool = false,
        storages: [String] = [], centrifugoAPI: Int? = nil
    ) throws {
        self.port = try FreePort.next()
        self.directory = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        self.rpcPort = try FreePort.next()
        self.metricsPort = try FreePort.next()
        let proxyPort = try FreePort.next()
        self.proxyPort = proxyPort
        let centrifuge = centrifugoAPI.map { port in
            "centrifuge: { proxy_address: \"tcp://127.0.0.1:\(proxyPort)\", grpc_api_address: \"127.0.0.1:\(port)\", "
                + "pool: { num_workers: 2 } }"
        }
        let relay = relay == "tcp" ? "tcp://127.0.0.1:\(try FreePort.next())" : relay
        let http = """
            server: { command: "\(BuiltProducts.example("Demo"))", relay: "\(relay)" }
            http:
              address: 127.0.0.1:\(self.port)
            \(section.map { "  " + $0 }.joined(separator: "\n"))
              pool:
            \(pool.map { "    " + $0 }.joined(separator: "\n"))
            """
        let service = """
            service:
              demo:
                command: "\(BuiltProducts.example("Demo"))"
                env: [ { APP_RUNTIME: standalone }, { APP_EXIT_WITH_PARENT: "true" }, { HTTP_PORT: "\(self.port)" }, { RR_RPC: "tcp://127.0.0.1:\(self.rpcPort)" } ]
            """
        let configuration = """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:\(self.rpcPort)" }
            metrics: { address: "127.0.0.1:\(self.metricsPort)" }
            kv:
              cache: { driver: memory, config: {} }
              vault: { driver: boltdb, config: { file: vault.db, interval: 1 } }
            \(storages.joined(separator: "\n"))
            endure: { grace_period: 10s }
            logs: { level: debug }
            \(centrifuge ?? "")
            \(native ? service : http)
            """
        try Data(configuration.utf8).write(to: self.directory.appending(path: ".rr.yaml"))

        self.current = Mutex(try Self.start("serve", self.directory, environment))
    }

    private static func start(_ command: String, _ directory: URL, _ environment: [String: String]) throws -> ChildProcess {
        try ChildProcess(
            Self.binary ?? "", arguments: [command, "-c", directory.appending(path: ".rr.yaml").path()],
            environment: ProcessInfo.processInfo.environment
                .merging(["CRASH_LOG_DIR": directory.appending(path: "crash").path()]) { _, own in own }
                .merging(environment) { _, own in own },
            input: nil, output: nil, loop: Peer.sharedLoop())
    }

    deinit {
        self.process.signal(SIGKILL)
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// The pid of RoadRunner itself.
    var pid: Int32 { self.process.pid }

    func signal(_ number: Int32) { self.process.signal(number) }

    /// Waits for its exit; nil after the timeout.
    func waitForExit(seconds: Double) async -> WorkerExitStatus? { await self.process.waitForExit(timeout: .seconds(seconds)) }

    /// RoadRunner's own anonymous memory, in bytes.
    var memory: Int? { TestWorker.status("RssAnon", self.process.pid) }

    /// The output of RoadRunner and the workers.
    var output: String { self.process.standardError.current }

    /// Waits until RoadRunner or a worker has written `text`.
    func writes(_ text: String) async -> Bool { await self.process.standardError.wait(for: text, timeout: .seconds(20)) }

    /// Waits until the server accepts connections.
    func waitUntilReady(seconds: Double = 30) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if let client = try? RawHTTPClient(port: self.port), (try? await client.send("GET", "/nope")) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RawHTTPClient.Failure(description: "RoadRunner did not become ready: \(self.output)")
    }

    func get(_ path: String) async throws -> RawHTTPClient.Response {
        try await RawHTTPClient(port: self.port).send("GET", path)
    }

    /// Runs another command of rr for this server.
    ///
    /// - Returns: its exit status; nil after the timeout.
    func run(_ command: String) async throws -> WorkerExitStatus? {
        try await Self.start(command, self.directory, [:]).waitForExit(timeout: .seconds(30))
    }

    /// Starts another RoadRunner with the same configuration, once this one has exited. The caller must stop it.
    func startAgain() throws -> ChildProcess { try Self.start("serve", self.directory, [:]) }

    /// Stops it as an operator does.
    ///
    /// - Returns: its exit status; nil after the timeout.
    func stop() async -> WorkerExitStatus? {
        self.process.signal(SIGTERM)
        return await self.process.waitForExit(timeout: .seconds(45))
    }

    /// Stops it as an operator does, and starts it again later with the same files.
    func restart(after pause: Duration) async throws {
        #expect(await self.stop() == .exited(0))
        try await Task.sleep(for: pause)
        let process = try Self.start("serve", self.directory, [:])
        self.current.withLock { $0 = process }
        try await self.waitUntilReady()
    }

    /// Kills it, which prevents any cleanup of its processes.
    func kill() async -> WorkerExitStatus? {
        self.process.signal(SIGKILL)
        return await self.process.waitForExit(timeout: .seconds(30))
    }

    /// Waits until its port no longer accepts connections.
    func waitUntilFree(seconds: Double = 20) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if (try? RawHTTPClient(port: self.port)) == nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RawHTTPClient.Failure(description: "the port is still in use: \(self.output)")
    }

    /// The contents of the files in the server's folder.
    func files() throws -> [Data] {
        try FileManager.default.subpathsOfDirectory(atPath: self.directory.path()).compactMap {
            try? Data(contentsOf: self.directory.appending(path: $0))
        }
    }
}
