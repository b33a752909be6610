import AsyncHTTPClient
import Foundation

/// An example in its own process, in an empty folder.
public struct ExampleProgram: Sendable {
    /// The address at which it serves.
    public let address: String
    /// Its working directory.
    public let folder: String

    /// The path of an example's program: beside the tests.
    public static func path(_ name: String) -> String {
        #if canImport(Darwin)
        let tests = CommandLine.arguments[0]
        #else
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        #endif
        return URL(filePath: tests).deletingLastPathComponent().appending(path: name).path()
    }

    /// The folder `Examples`.
    public static let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Serves an example without RoadRunner.
    public static func with<Result>(
        _ name: String, environment: [String: String] = [:], _ body: (ExampleProgram) async throws -> Result
    ) async throws -> Result {
        var own = ["APP_RUNTIME": "standalone", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"]
        own.merge(environment) { $1 }
        return try await Self.run(Self.path(name), [], environment: own) { process, folder in
            let line = try await process.line { $0.contains("listening on http://") }
            guard let match = line.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/) else { throw Failed(description: line) }
            return try await body(ExampleProgram(address: String(match.0), folder: folder))
        }
    }

    /// Serves an example through RoadRunner, with the example's configuration.
    public static func with<Result>(
        _ name: String, roadRunner: String, _ body: (ExampleProgram) async throws -> Result
    ) async throws -> Result {
        let port = try FreePort.next()
        // Replaces addresses that may be in use, and the build folder.
        let configuration = try String(contentsOf: Self.examples.appending(path: "\(name)/.rr.yaml"), encoding: .utf8)
            // First, since 2112 may be the beginning of a port that was put in.
            .replacing("127.0.0.1:2112", with: "127.0.0.1:\(try FreePort.next())")
            .replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)")
            .replacing("127.0.0.1:6001", with: "127.0.0.1:\(try FreePort.next())")
            .replacing(".build/debug/\(name)", with: Self.path(name))
        let environment = ["HTTP_HOST": "127.0.0.1", "HTTP_PORT": "\(port)"]
        return try await Self.run(
            roadRunner, ["serve"], environment: environment, files: [".rr.yaml": configuration]
        ) { process, folder in
            let program = ExampleProgram(address: "http://127.0.0.1:\(port)", folder: folder)
            // In native mode RoadRunner is ready before the program.
            for _ in 0..<200 {
                if (try? await program.get("/")) != nil { return try await body(program) }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Failed(description: "\(name) does not serve: \(process.output)")
        }
    }

    /// - Returns: the body of the response.
    public func get(_ path: String) async throws -> String {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: self.address + path), timeout: .seconds(10))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    private static func run<Result>(
        _ path: String, _ arguments: [String], environment: [String: String], files: [String: String] = [:],
        _ body: (RunningProcess, _ folder: String) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8) }
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("RR_") && !$0.key.hasPrefix("APP_") }
        variables.merge(environment) { $1 }
        let process = try RunningProcess(path, arguments, variables, folder)
        do {
            let result = try await body(process, folder.path())
            await process.stop()
            return result
        } catch {
            await process.stop()
            throw error
        }
    }
}

/// The failure of an example.
struct Failed: Error, CustomStringConvertible {
    let description: String
}
