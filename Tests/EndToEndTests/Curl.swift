import Foundation
import RoadRunnerTesting

/// Runs curl, for features that `RawHTTPClient` lacks.
enum Curl {
    static let path = ["/usr/bin/curl", "/usr/local/bin/curl"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// - Returns: its output.
    static func run(_ arguments: [String]) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Through a file: a long output would fill a pipe.
        let command = ([Self.path ?? ""] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let process = try ChildProcess(
            "/bin/sh", arguments: ["-c", "\(command) > '\(folder.path())'"], environment: ProcessInfo.processInfo.environment,
            input: nil, output: nil, loop: Peer.sharedLoop())
        _ = await process.waitForExit(timeout: .seconds(60))
        return String(decoding: (try? Data(contentsOf: folder)) ?? Data(), as: UTF8.self)
    }
}
