import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests processes that are started in unusual ways, for example by hand, or whose parent has ended.
@Suite(.timeLimit(.minutes(2))) struct LaunchTests {
    /// The environment of a program that is not started by RoadRunner.
    private func environment(_ folder: String, _ own: [String: String] = [:]) -> [String: String] {
        var variables = Environment.withoutRoadRunner
        variables["HTTP_PORT"] = "0"
        return variables.merging(DemoProcess.environment(folder)) { $1 }.merging(own) { $1 }
    }

    /// - Parameter body: gets the program's process, or its parent's.
    private func withProcess(
        _ path: String = BuiltProducts.example("Demo"), _ arguments: [String] = [], environment own: [String: String] = [:],
        input: CInt? = nil, output: CInt? = nil, _ body: (ChildProcess, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let process = try ChildProcess(
                path, arguments: arguments, environment: environment(folder, own), input: input, output: output,
                loop: Peer.sharedLoop())
            // The process leads its own group, which includes its children.
            defer { kill(-process.pid, SIGKILL) }
            try await body(process, folder)
        }
    }

    private func listens(_ process: ChildProcess) async throws -> Int {
        #expect(await process.standardError.wait(for: "listening on http://", timeout: .seconds(30)))
        let text = process.standardError.current
        let match = try #require(text.firstMatch(of: /listening on http:\/\/127\.0\.0\.1:([0-9]+)/), "\(text)")
        return try #require(Int(match.1))
    }

    // MARK: Workers

    @Test func standaloneInsideAPoolIsRefused() async throws {
        try await DemoProcess.with(environment: ["APP_RUNTIME": "standalone"], performsHandshake: false) { worker async throws in
            #expect(try await worker.waitForExit() == .exited(1))
            #expect(await worker.waitForStandardError(containing: "APP_RUNTIME is \"standalone\", but RR_MODE is \"http\""))
            #expect(worker.standardError.contains("service plugin"))
        }
    }

    @Test func aWorkerWhoseInputEndsAtOnceExplainsTheMode() async throws {
        try await withProcess(environment: ["RR_MODE": "http"]) { process, _ async throws in
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(1))
            await process.standardError.waitForEnd(timeout: .seconds(10))
            let text = process.standardError.current
            #expect(text.contains("the relay ended before RoadRunner's handshake"), "\(text)")
            #expect(text.contains("rr serve"))
            // Only a worker on a terminal explains what it waits for.
            #expect(!text.contains("waiting for"))
        }
    }

    /// Swift's modules lack the functions for terminals, which Python has.
    private static let python = "/usr/bin/python3"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: LaunchTests.python), "Python is not installed"))
    func aWorkerOnATerminalLogsThatItWaits() async throws {
        // Control and D: the person gives up.
        let script = """
            import os, pty, subprocess, sys
            ours, theirs = pty.openpty()
            worker = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs)
            os.write(ours, b"\\x04")
            sys.exit(worker.wait())
            """
        try await withProcess(Self.python, ["-c", script, BuiltProducts.example("Demo")], environment: ["RR_MODE": "http"]) {
            process, _ async throws in
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(1))
            await process.standardError.waitForEnd(timeout: .seconds(10))
            let text = process.standardError.current
            #expect(text.contains("waiting for RoadRunner's handshake"), "\(text)")
            #expect(text.contains("the relay ended before RoadRunner's handshake"))
        }
    }

    // MARK: Configuration

    @Test func roadRunnersVariablesAreIgnoredInAFile() async throws {
        try await withTemporaryDirectory { folder in
            try Data("RR_MODE=http\nRR_RPC=tcp://127.0.0.1:1\nHTTP_HOST=127.0.0.1\n".utf8).write(
                to: URL(filePath: "\(folder)/.env"))
            let script = #"cd "$1" && exec "$0""#
            try await withProcess("/bin/sh", ["-c", script, BuiltProducts.example("Demo"), folder]) { process, _ async throws in
                let port = try await listens(process)
                #expect(try await RawHTTPClient(port: port).send("GET", "/hello").status == 200)
                let lines = process.standardError.current.split(separator: "\n").filter { $0.contains("ignored in .env") }
                #expect(lines.count == 1)
                #expect(lines.first?.contains("RR_MODE, RR_RPC") == true)
            }
        }
    }

    @Test func aMissingProductIsNamed() async throws {
        try await withProcess(BuiltProducts.example("Hello"), environment: ["SENTRY_DSN": "http://key@127.0.0.1:1/1"]) {
            process, _ async throws in
            let port = try await listens(process)
            #expect(try await RawHTTPClient(port: port).send("GET", "/hello").body == "Hello from Swift!")
            let text = process.standardError.current
            #expect(text.contains("SENTRY_DSN is set"), "\(text)")
            #expect(text.contains("RoadRunnerSentry") && text.contains("SentryIntegration()"))
        }
        // The demo has the product.
        try await withProcess(environment: ["SENTRY_DSN": "http://key@127.0.0.1:1/1"]) { process, _ async throws in
            _ = try await listens(process)
            #expect(!process.standardError.current.contains("SENTRY_DSN is set"))
        }
    }

    // MARK: Standard output

    /// Also if it is a file, to which the C library would write only whole blocks.
    @Test func linesAppearAsTheyArePrinted() async throws {
        try await withTemporaryDirectory { folder in
            let output = open("\(folder)/output", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(output) }
            try await withProcess(output: output) { process, _ async throws in
                let port = try await listens(process)
                #expect(try await RawHTTPClient(port: port).send("GET", "/print").body == "printed\n")
                let text = try String(contentsOfFile: "\(folder)/output", encoding: .utf8)
                #expect(text == "printed by Swift\nprinted by C\n")
            }
        }
    }

    // MARK: Exits

    @Test func anExitOfTheProgramIsLogged() async throws {
        let line = "the program called exit while it was serving"
        try await DemoProcess.with { worker async throws in
            #expect(try await worker.send(.get("/hello")).status == 200)
            try await worker.begin(.get("/exit"))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .exited(3))
            #expect(await worker.waitForStandardError(containing: line))
        }
        try await withProcess { process, _ async throws in
            let port = try await listens(process)
            _ = try? await RawHTTPClient(port: port).send("GET", "/exit")
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(3))
            #expect(await process.standardError.wait(for: line, timeout: .seconds(10)))
        }
        // Exits of the runtime are not logged.
        try await DemoProcess.with { worker async throws in
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(!worker.standardError.contains(line))
        }
        try await withProcess { process, _ async throws in
            _ = try await listens(process)
            process.signal(SIGTERM)
            #expect(await process.waitForExit(timeout: .seconds(30)) == .exited(0))
            #expect(!process.standardError.current.contains(line))
        }
    }

    /// A program whose supervisor was killed would keep the address that the next one needs.
    @Test func aProgramEndsWithItsParent() async throws {
        // The shell waits, and thus stays the parent as long as it lives.
        let script = #""$0" & wait"#
        try await withProcess(
            "/bin/sh", ["-c", script, BuiltProducts.example("Demo")], environment: ["APP_EXIT_WITH_PARENT": "true"]
        ) {
            shell, _ async throws in
            let port = try await listens(shell)
            let client = try RawHTTPClient(port: port)
            try await client.send("GET /sleep?ms=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            // A response on another connection proves that the first request is in flight.
            #expect(try await RawHTTPClient(port: port).send("GET", "/hello").status == 200)
            shell.signal(SIGKILL)
            #expect(await shell.standardError.wait(for: "has ended: stopping", timeout: .seconds(30)))
            // As after a signal, the request in flight finishes.
            #expect(try await client.readResponse().status == 200)
            // Both have closed their standard error.
            await shell.standardError.waitForEnd(timeout: .seconds(30))
            #expect(throws: (any Error).self) { try RawHTTPClient(port: port) }
        }
    }

    /// The parent ended before the program could look it up, and the pipe for its output has no reader.
    @Test func aProgramWithoutAParentEndsAtOnce() async throws {
        let script = #"{ sleep 0.5; exec "$0"; } 2>&1 | true; echo done >&2"#
        try await withProcess(
            "/bin/sh", ["-c", script, BuiltProducts.example("Demo")], environment: ["APP_EXIT_WITH_PARENT": "true"]
        ) {
            shell, _ async throws in
            // The shell waits for the program.
            #expect(await shell.standardError.wait(for: "done", timeout: .seconds(30)))
            #expect(await shell.waitForExit(timeout: .seconds(10)) == .exited(0))
        }
    }

    @Test func aProgramOutlivesItsParentByDefault() async throws {
        let script = #""$0" & wait"#
        try await withProcess("/bin/sh", ["-c", script, BuiltProducts.example("Demo")]) { shell, _ async throws in
            let port = try await listens(shell)
            shell.signal(SIGKILL)
            #expect(await shell.waitForExit(timeout: .seconds(30)) == .signalled(SIGKILL))
            #expect(try await RawHTTPClient(port: port).send("GET", "/hello").status == 200)
        }
    }
}
