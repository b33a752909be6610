import Goridge
import NIOCore

/// RoadRunner's RPC, for tests: the `rpc`, `kv` and `lock` plugins, with storages of the `memory` driver.
///
/// ```swift
/// try await TestRPCServer.with(storages: ["cache"]) { server in
///     try await TestWorker.with(kernel: App.self, environment: server.environment) { worker in
///         let response = try await worker.send(.get("/counter"))
///         #expect(response.text == #"{"count":1}"#)
///     }
/// }
/// ```
///
/// It behaves like RoadRunner v2025.1, odd cases included: a call that would crash RoadRunner ends this server, see ``hasCrashed``.
/// ``respond(_:)``, ``disconnect()``, ``stop()`` and ``start()`` simulate faults.
public final class TestRPCServer: Sendable {
    /// A received call.
    public struct Call: Sendable {
        /// The method, such as `kv.MGet`.
        public let method: String
        /// The call's sequence number.
        public let sequenceNumber: UInt32
        /// The codec's flag.
        public let flags: Frame.Flags
        /// The arguments as received, encoded.
        public let arguments: ByteBuffer
    }

    /// How the server treats a call.
    public enum Behavior: Sendable {
        /// Answers as RoadRunner would.
        case answer
        /// Answers once ``releaseHeld()`` is called.
        case hold
        /// Never answers.
        case ignore
        /// Carries out the call as RoadRunner would, and never answers.
        case perform
        /// Answers with an error.
        case error(String)
        /// Answers with these frames, valid or not.
        case frames([Frame])
        /// Writes these bytes instead of a response, and closes the connection.
        case bytes([UInt8])
        /// Closes the connection.
        case close
    }

    /// The address at which it listens.
    public let address: RelayAddress
    /// The environment variables by which workers find it.
    public var environment: [String: String] { ["RR_RPC": self.address.description] }

    private let state: ServerState

    private init(state: ServerState, address: RelayAddress) {
        self.state = state
        self.address = address
    }

    /// Runs a server on a free port of the loopback interface, or on a unix socket.
    ///
    /// - Parameters:
    ///   - storages: the names of its key-value storages. Without any it has no `kv` plugin.
    public static func with<Result>(
        storages: [String] = ["cache"], relay: TestWorker.Relay = .tcp, _ body: (TestRPCServer) async throws -> Result
    ) async throws -> Result {
        let server = try await Self.start(storages: storages, relay: relay)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    package static func start(storages: [String], relay: TestWorker.Relay = .tcp) async throws -> TestRPCServer {
        let loop = try Peer.sharedLoop()
        let listener = relay == .unix ? try TestListener.unix() : try TestListener.tcp()
        let address = listener.address
        let state = ServerState(loop: loop, storages: storages)
        await loop.submit { state.listen(listener) }
        return TestRPCServer(state: state, address: address)
    }

    /// Sets how further calls are treated.
    public func respond(_ behavior: @escaping @Sendable (Call) -> Behavior) async {
        let state = self.state
        await state.loop.submit { state.behavior = behavior }
    }

    /// Answers the held calls, the last one first.
    public func releaseHeld() async {
        let state = self.state
        await state.loop.submit { state.releaseHeld() }
    }

    /// The latest calls, at most 10,000.
    public var calls: [Call] {
        get async {
            let state = self.state
            return await state.loop.submit { state.calls }
        }
    }

    /// Waits until `count` calls of `method` have arrived, or one that crashes RoadRunner.
    public func waitForCalls(_ method: String, count: Int) async {
        let state = self.state
        await withCheckedContinuation { continuation in
            state.loop.execute { state.wait(for: method, count: count) { continuation.resume() } }
        }
    }

    /// The values of RoadRunner's Prometheus page, by `name{label="value"}`; a histogram has `name_count` and `name_sum`.
    public var metrics: [String: Double] {
        get async {
            let state = self.state
            return await state.loop.submit { state.plugins.collectors.values }
        }
    }

    /// The names of locks that RoadRunner keeps: all that were ever locked.
    public var lockNames: Set<String> {
        get async {
            let state = self.state
            return await state.loop.submit { state.plugins.lockNames }
        }
    }

    /// The lines that RoadRunner's logger received: level, message, and attributes as `key=value`.
    public var logLines: [String] {
        get async {
            let state = self.state
            return await state.loop.submit { state.plugins.logLines }
        }
    }

    /// Closes all connections, like a failing network.
    public func disconnect() async {
        let state = self.state
        await state.loop.submit { state.disconnect() }
    }

    /// Stops like RoadRunner: everything in memory is lost.
    public func stop() async {
        let state = self.state
        await state.loop.submit { state.stop() }
    }

    /// Listens again at the same address.
    public func start() async throws {
        let listener = try TestListener.at(self.address)
        let state = self.state
        await state.loop.submit { state.listen(listener) }
    }

    /// Whether a call arrived that crashes RoadRunner. The server has stopped then.
    public var hasCrashed: Bool {
        get async {
            let state = self.state
            return await state.loop.submit { state.hasCrashed }
        }
    }
}
