import Foundation
import RoadRunnerTesting
import TestSupport

/// The conformance kernel on its own port: standalone, or behind a real RoadRunner.
final class ConformanceServer: Sendable {
    /// The binary that `RR_BINARY` names.
    static let roadRunner = Environment.variable("RR_BINARY")
    static let kernel = BuiltProducts.path("ConformanceKernel")

    let port: Int
    private let process: ChildProcess
    private let directory: URL?

    private init(port: Int, _ process: ChildProcess, _ directory: URL?) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    deinit {
        self.process.signal(SIGKILL)
        if let directory { try? FileManager.default.removeItem(at: directory) }
    }

    /// The output of the server and its workers.
    var output: String { self.process.standardError.current }

    func signal(_ signal: Int32) { self.process.signal(signal) }
    func waitForExit() async -> WorkerExitStatus? { await self.process.waitForExit(timeout: .seconds(20)) }

    static func alone(_ environment: [String: String] = [:]) async throws -> ConformanceServer {
        let variables = Environment.withoutRoadRunner.merging(["HTTP_PORT": "0", "APP_RUNTIME": "standalone"]) { $1 }
            .merging(environment) { $1 }
        let process = try ChildProcess(
            Self.kernel, arguments: [], environment: variables, input: nil, output: nil, loop: Peer.sharedLoop())
        let isSocket = environment["HTTP_UNIX_SOCKET"] != nil
        let line = isSocket ? "listening on the unix socket" : "listening on http"
        _ = await process.standardError.wait(for: line, timeout: .seconds(30))
        let text = process.standardError.current
        if isSocket { return ConformanceServer(port: 0, process, nil) }
        guard let match = text.firstMatch(of: /listening on https?:\/\/127\.0\.0\.1:([0-9]+)/), let port = Int(match.1) else {
            process.signal(SIGKILL)
            throw RawHTTPClient.Failure(description: "the kernel does not listen: \(text)")
        }
        return ConformanceServer(port: port, process, nil)
    }

    static func behindRoadRunner(_ environment: [String: String] = [:]) async throws -> ConformanceServer {
        let directory = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let (port, rpcPort) = (try FreePort.next(), try FreePort.next())
        let configuration = """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:\(rpcPort)" }
            server: { command: "\(Self.kernel)", relay: pipes }
            http: { address: "127.0.0.1:\(port)", pool: { num_workers: 1 } }
            endure: { grace_period: 10s }
            logs: { level: info }
            """
        try Data(configuration.utf8).write(to: directory.appending(path: ".rr.yaml"))
        let process = try ChildProcess(
            Self.roadRunner ?? "", arguments: ["serve", "-c", directory.appending(path: ".rr.yaml").path()],
            environment: Environment.withoutRoadRunner.merging(environment) { $1 }, input: nil, output: nil,
            loop: Peer.sharedLoop())
        let server = ConformanceServer(port: port, process, directory)
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let client = try? RawHTTPClient(port: port), (try? await client.send("GET", "/next")) != nil { return server }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RawHTTPClient.Failure(description: "RoadRunner did not become ready: \(server.output)")
    }

    // MARK: Requests

    /// Sends two requests, one right behind the other, on one connection, and parses both responses byte for byte.
    func observe(_ method: String, _ path: String, body: String = "") async throws -> Observation {
        let client = try RawHTTPClient(port: self.port)
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        try await client.send(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(length)\r\n\(body)GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let (bytes, isClosed) = try await client.readBytes { bytes in
            // Malformed bytes stay malformed: waiting for more is useless.
            (try? Self.responses(bytes, method: method, isAtEnd: false).count == 2) ?? true
        }
        let responses = try Self.responses(bytes, method: method, isAtEnd: isClosed)
        guard var first = responses.first else {
            throw RawHTTPClient.Failure(description: "no response, but \(bytes.count) bytes: \(self.output.suffix(2000))")
        }
        guard responses.count == 2 else {
            first.isKeptAlive = false
            return first
        }
        guard responses[1].status == 200, responses[1].body == "next" else {
            throw ResponseParser.Malformed(description: "the next response is \(responses[1])")
        }
        return first
    }

    private static func responses(_ bytes: [UInt8], method: String, isAtEnd: Bool) throws -> [Observation] {
        var parser = ResponseParser(bytes, isAtEnd: isAtEnd)
        var responses: [Observation] = []
        for method in [method, "GET"] {
            guard case .response(let observation, let hasDate) = try parser.next(method: method) else { return responses }
            guard hasDate else { throw ResponseParser.Malformed(description: "no Date: \(observation)") }
            responses.append(observation)
            // Nothing more comes on this connection.
            if !observation.isComplete { return responses }
        }
        guard parser.isEmpty else { throw ResponseParser.Malformed(description: "bytes after the last response") }
        return responses
    }

    /// The text at `path`.
    func text(_ path: String) async throws -> String { try await RawHTTPClient(port: self.port).send("GET", path).body }

    /// Whether the body of `path` becomes `text` within some seconds.
    func says(_ path: String, _ text: String) async throws -> Bool {
        for _ in 0..<500 {
            if try await self.text(path) == text { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
