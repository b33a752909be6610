import Foundation
import Goridge
import RoadRunnerTesting
import TestSupport

/// A real Centrifugo with the demo's configuration, on free ports.
final class CentrifugoServer: Sendable {
    static let binary = Environment.variable("CENTRIFUGO_BINARY")
    /// A Python with `centrifuge-python`.
    static let python = Environment.variable("CENTRIFUGO_PYTHON")
    static let apiKey = "test-api-key"

    let port: Int
    private let process: ChildProcess
    private let directory: URL

    /// - Parameters:
    ///   - endpoint: the destination of events; for HTTP without the event's name.
    ///   - secret: the secret in each event over HTTP.
    convenience init(endpoint: String, grpcAPI: Int? = nil, secret: String? = nil) throws {
        let port = try FreePort.next()
        // The package's own configuration, with other addresses.
        let file = Checkout.root.appending(path: "centrifugo.json")
        var configuration = try String(contentsOf: file, encoding: .utf8)
        for (key, name) in [
            ("\"connect\"", "connect"), ("\"refresh\"", "refresh"), ("\"proxy\": { \"endpoint\"", "rpc"),
            ("\"subscribe\"", "subscribe"),
            ("\"publish\"", "publish"), ("\"sub_refresh\"", "sub_refresh"),
        ] {
            let lines = configuration.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
                guard line.contains(key), line.contains("grpc://127.0.0.1:30000") else { return String(line) }
                let address = endpoint.hasPrefix("http") ? "\(endpoint)/\(name)" : endpoint
                var line = String(line).replacing("grpc://127.0.0.1:30000", with: address)
                if let secret {
                    line = line.replacing(
                        "\"timeout\"",
                        with: "\"http\": { \"static_headers\": { \"X-Centrifugo-Proxy-Secret\": \"\(secret)\" } }, \"timeout\"")
                }
                return line
            }
            configuration = lines.joined(separator: "\n")
        }
        let grpcPort = try grpcAPI ?? FreePort.next()
        configuration = configuration.replacing("\"port\": 10000", with: "\"port\": \(grpcPort)")
        // Refreshes come early enough for a test.
        configuration = configuration.replacing(
            "\"allowed_origins\": [\"*\"],",
            with:
                "\"allowed_origins\": [\"*\"], \"presence_update_interval\": \"1s\", \"expired_close_delay\": \"2s\", \"expired_sub_close_delay\": \"2s\","
        )
        configuration = configuration.replacing("\"port\": 8000", with: "\"port\": \(port)")
        configuration = configuration.replacing(
            "\"grpc_api\"", with: "\"http_api\": { \"key\": \"\(Self.apiKey)\" }, \"grpc_api\"")
        try self.init(port: port, configuration: configuration)
    }

    /// Starts a Centrifugo with another configuration, which contains the port and the key.
    init(port: Int, configuration: String) throws {
        self.port = port
        self.directory = FileManager.default.temporaryDirectory.appending(path: "centrifugo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let path = self.directory.appending(path: "config.json")
        try Data(configuration.utf8).write(to: path)
        self.process = try ChildProcess(
            Self.binary ?? "", arguments: ["--config", path.path()], environment: ProcessInfo.processInfo.environment, input: nil,
            output: nil, loop: Peer.sharedLoop())
    }

    deinit {
        self.process.signal(SIGKILL)
        try? FileManager.default.removeItem(at: self.directory)
    }

    var output: String { self.process.standardError.current }

    func waitUntilReady() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let client = try? RawHTTPClient(port: self.port), (try? await client.send("GET", "/")) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RawHTTPClient.Failure(description: "Centrifugo did not become ready: \(self.output)")
    }
}

/// A pipe that collects a program's output.
final class SystemPipe: Sendable {
    let read: CInt
    let write: CInt

    init() throws { (self.read, self.write) = try SystemCall.makePipe() }

    deinit {
        SystemCall.closeDescriptor(self.read)
        SystemCall.closeDescriptor(self.write)
    }

    /// The output so far, up to 64 KiB.
    func readAvailable() -> Data {
        try? SystemCall.setNonBlocking(self.read)
        return withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            guard case .bytes(let count) = SystemCall.read(self.read, into: buffer) else { return Data() }
            return Data(buffer[..<count])
        }
    }
}
