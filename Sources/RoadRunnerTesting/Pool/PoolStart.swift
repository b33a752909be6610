import Goridge
import NIOCore
import RoadRunnerRuntime
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Starts the workers of a pool, and performs the handshake. With tcp and unix it accepts one connection after the other, and like
/// RoadRunner identifies the worker by the pid in the handshake.
final class PoolStart: Sendable {
    private struct State {
        var waiters: [Int32: CheckedContinuation<Peer, any Error>] = [:]
        var early: [Int32: Peer] = [:]
    }

    private let path: String
    private let arguments: [String]
    private let environment: [String: String]
    private let relay: TestWorker.Relay
    private let mode: WorkerMode
    private let listener: TestListener?
    private let accepting: Task<Void, Never>?
    private let connections: Connections

    private final class Connections: Sendable { let state = Mutex(State()) }

    init(
        _ path: String, arguments: [String], environment: [String: String], relay: TestWorker.Relay, mode: WorkerMode
    ) throws {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.relay = relay
        self.mode = mode
        let connections = Connections()
        self.connections = connections
        switch relay {
        case .pipes: self.listener = nil
        case .tcp: self.listener = try TestListener.tcp()
        case .unix: self.listener = try TestListener.unix()
        }
        self.accepting = try self.listener.map { listener in
            let loop = try Peer.sharedLoop()
            return Task { await Self.accept(from: listener, on: loop, connections) }
        }
    }

    deinit { self.accepting?.cancel() }

    private static func accept(from listener: TestListener, on loop: PollEventLoop, _ connections: Connections) async {
        while !Task.isCancelled {
            guard let descriptors = try? await listener.accept(on: loop, timeout: .seconds(1)) else { continue }
            let peer = Peer(loop: loop, descriptors: descriptors)
            guard (try? await peer.open()) != nil, let pid = await Self.shakeHands(peer) else { continue }
            let waiter = connections.state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: pid)
                if waiter == nil { state.early[pid] = peer }
                return waiter
            }
            waiter?.resume(returning: peer)
        }
    }

    private static func shakeHands(_ peer: Peer) async -> Int32? {
        try? await peer.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"pid":\#(getpid())}"#)))
        guard case .frame(let frame) = await peer.next(timeout: .seconds(60)) else { return nil }
        return TestWorker.pid(in: String(buffer: frame.payload))
    }

    /// Starts a worker, and waits for its response to the handshake.
    func worker() async throws -> TestWorker {
        guard let listener else {
            let worker = try await TestWorker.start(
                self.path, arguments: self.arguments, environment: self.environment, relay: .pipes, mode: self.mode)
            do {
                try await worker.handshake()
            } catch {
                await worker.end()
                throw error
            }
            return worker
        }
        var variables = TestWorker.variables(self.environment, self.mode)
        variables["RR_RELAY"] = listener.address.description
        let process = try ChildProcess(
            self.path, arguments: self.arguments, environment: variables, input: nil, output: nil, loop: Peer.sharedLoop())
        do {
            return TestWorker(peer: try await self.peer(of: process), process: process, served: nil)
        } catch {
            process.signal(SIGKILL)
            throw error
        }
    }

    private func peer(of process: ChildProcess) async throws -> Peer {
        let pid = process.pid
        let connections = self.connections
        let ended = Task {
            guard await process.waitForExit(timeout: .seconds(60)) != nil || !Task.isCancelled else { return }
            let text = process.standardError.current
            connections.state.withLock { $0.waiters.removeValue(forKey: pid) }?
                .resume(throwing: TestWorkerError(.notStarted, "the worker has not connected; it wrote: \(text)"))
        }
        defer { ended.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let peer = connections.state.withLock { state -> Peer? in
                if let peer = state.early.removeValue(forKey: pid) { return peer }
                state.waiters[pid] = continuation
                return nil
            }
            if let peer { continuation.resume(returning: peer) }
        }
    }
}
