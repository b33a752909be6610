import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

/// Runs every `curl` of the README and of the articles, in each mode of the demo.
@Suite(.timeLimit(.minutes(3)), .serialized) struct DocumentedCurlTests {

    /// The expected result of a command.
    private struct Expectation {
        var status = 200
        var text = ""
        /// The result behind RoadRunner, where it differs.
        var behind: (status: Int, text: String)?
    }

    private static let expectations: [String: Expectation] = [
        "/hello": Expectation(text: "Hello from Swift!"),
        "/json": Expectation(text: #""languages":["Swift","Go"]"#),
        "/stream": Expectation(text: "line 5"),
        "/events": Expectation(text: "data: event 2"),
        "/echo": Expectation(text: #""method":"POST""#),
        "/upload": Expectation(text: #""name":"README.md""#),
        "/files/hello.txt": Expectation(status: 206, text: "A file"),
        "/download": Expectation(),
        "/rows": Expectation(text: "25"),
        "/whoami": Expectation(text: #""address":"127.0.0.1""#),
        "/login": Expectation(text: #""user":"ann""#),
        "/me": Expectation(text: "You are logged in."),
        "/after": Expectation(text: #""id":""#),
        "/after/last": Expectation(text: #""id":""#),
        "/metrics-demo": Expectation(text: "counted"),
        "/reboot": Expectation(text: "rebooted after this response"),
        "/hints": Expectation(text: "HTTP/1.1 103", behind: (200, "early hints")),
        "/trailers": Expectation(text: "X-Checksum: "),
        "/print": Expectation(text: "printed"),
        "/throw": Expectation(status: 500, text: "500 Internal Server Error"),
        "/sleep": Expectation(text: "slept for 500 ms"),
        "/counter": Expectation(text: #"{"count":1}"#),
        "/cached": Expectation(text: #""computations":1"#),
        "/many": Expectation(text: #""counter":1"#),
        "/broadcast": Expectation(status: 502, text: "Centrifugo cannot be reached"),
        "/presence": Expectation(status: 502, text: "Centrifugo cannot be reached"),
        // Exists in debug only.
        "/_roadrunner": Expectation(status: 404, text: #""status":404"#),
        // Standalone, no other process can respond.
        "/crash": Expectation(status: 0, behind: (500, "")),
    ]

    private static func expectation(_ command: CurlCommand, isBehind: Bool) throws -> (status: Int, text: String) {
        if command.path == "/vault/licence" { return command.text.contains("-T") ? (204, "") : (200, "MIT License") }
        let expectation = try #require(Self.expectations[command.path], "the test does not know \(command.path)")
        return (isBehind ? expectation.behind : nil) ?? (expectation.status, expectation.text)
    }

    @Test func allRoutesOfTheDemoAreShown() {
        #expect(Set(CurlCommand.all.map(\.path)).isSuperset(of: Self.expectations.keys))
    }

    @Test(.enabled(if: Curl.path != nil, "curl is not installed")) func alone() async throws {
        try await withTemporaryDirectory { folder in
            var environment = TestSupport.Environment.withoutRoadRunner
            environment.merge(["HTTP_PORT": "0", "CRASH_LOG_DIR": folder, "DEMO_FILES": WebEndToEndTests.files]) { $1 }
            let process = try ChildProcess(
                BuiltProducts.example("Demo"), arguments: [], environment: environment, input: nil, output: nil,
                loop: Peer.sharedLoop())
            defer { process.signal(SIGKILL) }
            #expect(await process.standardError.wait(for: "listening on http://", timeout: .seconds(30)))
            let match = try #require(process.standardError.current.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/))
            try await Self.runAll(at: String(match.0), isBehind: false)
        }
    }

    @Test(
        .enabled(if: Curl.path != nil, "there is no curl"),
        .enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"))
    func throughRoadRunner() async throws {
        let server = try RoadRunnerServer(environment: ["DEMO_FILES": WebEndToEndTests.files])
        try await server.waitUntilReady()
        try await Self.runAll(at: "http://127.0.0.1:\(server.port)", isBehind: true)
    }

    /// Runs the commands in a folder with the files that they send.
    private static func runAll(at base: String, isBehind: Bool) async throws {
        try await withTemporaryDirectory { folder in
            for name in ["README.md", "LICENSE"] {
                try FileManager.default.copyItem(
                    at: Checkout.root.appending(path: name), to: URL(filePath: "\(folder)/\(name)"))
            }
            for command in CurlCommand.all {
                let expected = try Self.expectation(command, isBehind: isBehind)
                // Cancels an endless response after two seconds.
                let seconds = command.path == "/events" ? 2 : 20
                let script = """
                    cd '\(folder)'
                    curl() { '\(Curl.path ?? "")' -sS -m \(seconds) -w '\\nSTATUS %{http_code}\\n' "$@"; }
                    { \(command.at(base)); } > out 2>&1
                    """
                let shell = try ChildProcess(
                    "/bin/bash", arguments: ["-c", script],
                    environment: ProcessInfo.processInfo.environment, input: nil, output: nil, loop: Peer.sharedLoop())
                _ = await shell.waitForExit(timeout: .seconds(30))
                let output = String(decoding: (try? Data(contentsOf: URL(filePath: "\(folder)/out"))) ?? Data(), as: UTF8.self)
                #expect(
                    output.hasSuffix("STATUS \(expected.status == 0 ? "000" : "\(expected.status)")\n"),
                    "\(command.text): \(output)")
                #expect(expected.text.isEmpty || output.contains(expected.text), "\(command.text): \(output)")
            }
        }
    }
}
