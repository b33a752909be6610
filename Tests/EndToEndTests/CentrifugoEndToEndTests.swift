import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests the demo's chat with a real Centrifugo and its official client, when `RR_BINARY` and `CENTRIFUGO_BINARY` name the
/// servers and `CENTRIFUGO_PYTHON` a Python with `centrifuge-python`, which `scripts/test` provides.
@Suite(
    .enabled(
        if: RoadRunnerServer.binary != nil && CentrifugoServer.binary != nil && CentrifugoServer.python != nil,
        "RR_BINARY, CENTRIFUGO_BINARY and CENTRIFUGO_PYTHON are not all set"), .serialized, .timeLimit(.minutes(4)))
struct CentrifugoEndToEndTests {
    private static let lifetimes = ["CHAT_CONNECTION_TTL": "3", "CHAT_SUBSCRIPTION_TTL": "3"]

    @Test(arguments: ["roadrunner", "shared"]) func throughRoadRunner(_ runtime: String) async throws {
        let grpcAPI = try FreePort.next()
        let server = try RoadRunnerServer(
            environment: Self.lifetimes.merging(["APP_RUNTIME": runtime]) { $1 }, centrifugoAPI: grpcAPI)
        try await server.waitUntilReady()
        let centrifugo = try CentrifugoServer(endpoint: "grpc://127.0.0.1:\(server.proxyPort)", grpcAPI: grpcAPI)
        try await centrifugo.waitUntilReady()
        try await Self.check(centrifugo, http: server.port)
        #expect(await server.stop() == .exited(0))
    }

    /// The same handlers serve Centrifugo's HTTP proxy.
    @Test func standalone() async throws {
        let port = try FreePort.next()
        let secret = "s3cret"
        let centrifugo = try CentrifugoServer(endpoint: "http://127.0.0.1:\(port)/centrifugo", secret: secret)
        let folder = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var environment = ProcessInfo.processInfo.environment.merging(Self.lifetimes) { $1 }
        for key in ["RR_MODE", "RR_RPC", "APP_RUNTIME"] { environment[key] = nil }
        environment.merge([
            "HTTP_PORT": "\(port)", "CENTRIFUGO_PROXY_SECRET": secret, "CENTRIFUGO_API_KEY": CentrifugoServer.apiKey,
            "CENTRIFUGO_API_URL": "http://127.0.0.1:\(centrifugo.port)/api", "VAULT_KEY_PATH": folder.path() + "/vault.key",
        ]) { $1 }
        let demo = try ChildProcess(
            BuiltProducts.example("Demo"), arguments: [], environment: environment, input: nil, output: nil,
            loop: Peer.sharedLoop())
        defer { demo.signal(SIGKILL) }
        _ = await demo.standardError.wait(for: "listening on http://", timeout: .seconds(30))
        try await centrifugo.waitUntilReady()
        try await Self.check(centrifugo, http: port)
    }

    private static func check(_ centrifugo: CentrifugoServer, http: Int) async throws {
        let output = try SystemPipe()
        let client = try ChildProcess(
            CentrifugoServer.python ?? "",
            arguments: [
                Checkout.root.appending(path: "Tests/Programs/centrifugo_client.py").path(),
                "ws://127.0.0.1:\(centrifugo.port)/connection/websocket", "http://127.0.0.1:\(http)",
            ], environment: ProcessInfo.processInfo.environment, input: nil, output: output.write, loop: Peer.sharedLoop())
        let status = await client.waitForExit(timeout: .seconds(60))
        #expect(status == .exited(0), "\(client.standardError.current) \(centrifugo.output)")
        let seen = try JSONDecoder().decode(JSONText.self, from: output.readAvailable())
        #expect(seen["refused"]?.number == 4501)
        #expect(seen["welcome"]?["welcome"]?.string == "ann")
        #expect(seen["published"]?["text"]?.string == "hello" && seen["published"]?["user"]?.string == "ann")
        #expect(seen["published"]?["evil"] == nil && seen["published"]?["at"]?.string != nil)
        #expect(seen["empty"]?.number == 400 && seen["elsewhere"]?.number == 403 && seen["unknown"]?.number == 404)
        #expect(seen["ping"]?["pong"]?.bool == true && seen["pong"]?["pong"]?.bool == true)
        #expect(seen["history"]?["messages"]?.list?.count == 1)
        #expect(seen["broadcast"]?["offset"]?.number == 2)
        #expect(seen["received"]?["text"]?.string == "from the server")
        #expect(seen["presence"]?["clients"]?.list?.compactMap { $0["user"]?.string } == ["ann"])
        #expect(seen["still_connected"]?.bool == true && seen["unsubscribed"]?.number == 0)
    }
}
