import Foundation
import TestSupport

/// A real RoadRunner that serves the demo, on free ports, from a configuration of its own.
final class RoadRunnerServer {
    /// The binary that `RR_BINARY` names; without one these tests are skipped.
    static let binary = Environment.variable("RR_BINARY")

    let port: Int
    private let process = Process()
    private let directory: URL
    private let log = Log()

    private final class Log: @unchecked Sendable {
        private let lock = NSLock()
        private var text = ""
        func append(_ data: Data) { self.lock.withLock { self.text += String(decoding: data, as: UTF8.self) } }
        var current: String { self.lock.withLock { self.text } }
    }

    /// - Parameters:
    ///   - pool: lines of the section `http.pool`.
    ///   - environment: for RoadRunner, which hands it on to the workers.
    init(pool: [String] = ["num_workers: 1"], relay: String = "pipes", environment: [String: String] = [:], native: Bool = false)
        throws
    {
        self.port = try Self.freePort()
        self.directory = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let rpc = try Self.freePort()
        let relay = relay == "tcp" ? "tcp://127.0.0.1:\(try Self.freePort())" : relay
        let http = """
            server: { command: "\(BuiltProducts.path("Demo"))", relay: "\(relay)" }
            http:
              address: 127.0.0.1:\(self.port)
              pool:
            \(pool.map { "    " + $0 }.joined(separator: "\n"))
            """
        let service = """
            service:
              demo:
                command: "\(BuiltProducts.path("Demo"))"
                env: [ { APP_RUNTIME: standalone }, { HTTP_PORT: "\(self.port)" } ]
            """
        let configuration = """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:\(rpc)" }
            endure: { grace_period: 10s }
            logs: { level: debug }
            \(native ? service : http)
            """
        try Data(configuration.utf8).write(to: self.directory.appending(path: ".rr.yaml"))

        self.process.executableURL = URL(filePath: Self.binary ?? "rr")
        self.process.arguments = ["serve", "-c", self.directory.appending(path: ".rr.yaml").path()]
        self.process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        let output = Pipe()
        self.process.standardError = output
        self.process.standardOutput = output
        let log = self.log
        output.fileHandleForReading.readabilityHandler = { log.append($0.availableData) }
        try self.process.run()
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// What RoadRunner and the workers have written.
    var output: String { self.log.current }

    /// Waits until the server accepts connections.
    func waitUntilReady(seconds: Double = 30) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline, self.process.isRunning {
            if let client = try? RawHTTPClient(port: self.port), (try? client.send("GET", "/nope")) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RawHTTPClient.Failure(description: "RoadRunner did not become ready: \(self.output)")
    }

    func get(_ path: String) throws -> RawHTTPClient.Response { try RawHTTPClient(port: self.port).send("GET", path) }

    /// Runs another command of rr for this server.
    func run(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = self.process.executableURL
        process.arguments = [command, "-c", self.directory.appending(path: ".rr.yaml").path()]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Stops it as an operator does.
    ///
    /// - Returns: its exit code.
    func stop() -> Int32 {
        kill(self.process.processIdentifier, SIGTERM)
        self.process.waitUntilExit()
        return self.process.terminationStatus
    }

    private static func freePort() throws -> Int {
        let listener = socket(AF_INET, streamSocket, 0)
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 ? getsockname(listener, name, &size) : -1
            }
        }
        guard result == 0 else { throw RawHTTPClient.Failure(description: "no free port") }
        return Int(UInt16(bigEndian: name.sin_port))
    }
}

#if canImport(Glibc)
private let streamSocket = CInt(SOCK_STREAM.rawValue)
#else
private let streamSocket = SOCK_STREAM
#endif
