import Foundation
import RoadRunnerTesting
import TestSupport

/// A Redis or memcached server, on a free port; nil if it is neither in `PATH` nor in the usual folders.
struct StorageServer: ~Copyable {
    let port: Int
    private let process: ChildProcess

    static func redis() throws -> StorageServer? {
        let port = try FreePort.next()
        return try Self.start(
            "redis-server", ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], port)
    }

    static func memcached() throws -> StorageServer? {
        let port = try FreePort.next()
        return try Self.start("memcached", ["-p", "\(port)", "-l", "127.0.0.1", "-U", "0", "-u", "nobody"], port)
    }

    private static func start(_ name: String, _ arguments: [String], _ port: Int) throws -> StorageServer? {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let paths = (folders + ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]).map { "\($0)/\(name)" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        let process = try ChildProcess(
            path, arguments: arguments, environment: environment, input: nil, output: nil, loop: Peer.sharedLoop())
        return StorageServer(port: port, process: process)
    }

    private init(port: Int, process: ChildProcess) {
        self.port = port
        self.process = process
    }

    deinit { self.process.signal(SIGKILL) }
}
