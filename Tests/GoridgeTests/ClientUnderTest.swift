import Goridge
import Logging
import RoadRunnerTesting

/// Creates a client with a server whose behaviour the test controls.
enum ClientUnderTest {
    static func with<Result>(
        storages: [String] = ["cache"], relay: TestWorker.Relay = .tcp, settings: RPCSettings = RPCSettings(),
        _ body: (RPCClient, TestRPCServer) async throws -> Result
    ) async throws -> Result {
        try await TestRPCServer.with(storages: storages, relay: relay) { server in
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"), ownsLoop: true,
                settings: settings)
            let result = try await body(client, server)
            await client.close()
            return result
        }
    }

    static func version(_ client: RPCClient, timeout: Duration? = nil) async throws -> String {
        try await client.call("rpc.Version", json: true, timeout: timeout)
    }

    static func code(_ body: () async throws -> Void) async -> RPCError.Code? {
        do { try await body() } catch { return (error as? RPCError)?.code }
        return nil
    }
}
