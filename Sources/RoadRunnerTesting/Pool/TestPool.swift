import Goridge
import NIOCore
public import RoadRunnerRuntime
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A pool of worker processes as RoadRunner keeps it: each request goes to the worker that has been free the longest, and workers that end
/// are replaced.
///
/// ```swift
/// try await TestPool.with(process: ".build/debug/App", workers: 8, environment: ["APP_RUNTIME": "shared"]) { pool in
///     let response = try await pool.send(.get("/hello"))
///     #expect(response.status == .ok)
///     try await pool.reset()
/// }
/// ```
///
/// With `APP_RUNTIME=shared` the processes of one pool share one that serves; those of another pool have another one.
public final class TestPool: Sendable {
    private enum Limit {
        /// RoadRunner kills a worker then that was told to stop.
        static let stop = Duration.seconds(10)
        static let forEver = Duration.seconds(24 * 3600)
    }

    private struct State {
        /// The longest free first.
        var free: [TestWorker] = []
        var living: [ObjectIdentifier: TestWorker] = [:]
        var takers: [CheckedContinuation<TestWorker, any Error>] = []
        /// Nobody is given a worker.
        var isClosed = false
        /// Who waits until all workers are free.
        var quietWaiters: [CheckedContinuation<Void, Never>] = []
        var count: Int
        var endedText = ""
        var idleEnds = 0
        var isStopped = false
    }

    let start: PoolStart
    private let state: Mutex<State>

    private init(_ start: PoolStart, count: Int) {
        self.start = start
        self.state = Mutex(State(count: count))
    }

    // MARK: The pool's life

    /// Starts a pool, runs `body` once all workers have answered the handshake, and stops the workers.
    ///
    /// - Parameters:
    ///   - path: the program.
    ///   - count: how many workers there are.
    ///   - environment: as for ``TestWorker/with(process:arguments:environment:relay:mode:performsHandshake:_:)``. The workers of a pool
    ///     have a variable in common, besides, that those of others have not.
    ///   - relay: how workers and pool are connected. By tcp and unix they are accepted one after the other.
    ///   - mode: which plug-in's workers they are.
    public static func with<Result>(
        process path: String, arguments: [String] = [], workers count: Int, environment: [String: String] = [:],
        relay: TestWorker.Relay = .pipes, mode: WorkerMode = .http, _ body: (TestPool) async throws -> Result
    ) async throws -> Result {
        var environment = environment
        environment["TEST_POOL"] = UUID().uuidString
        let start = try PoolStart(path, arguments, environment, relay, mode)
        let pool = TestPool(start, count: count)
        do {
            try await pool.allocate(count)
            let result = try await body(pool)
            await pool.stop()
            return result
        } catch {
            await pool.kill()
            throw error
        }
    }

    private func allocate(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { try await self.allocateOne() } }
            try await group.waitForAll()
        }
    }

    private func allocateOne() async throws {
        let worker = try await self.start.worker()
        let isStopped = self.state.withLock { state in
            if !state.isStopped { state.living[ObjectIdentifier(worker)] = worker }
            return state.isStopped
        }
        guard !isStopped else { return await worker.end() }
        self.watch(worker)
        self.giveBack(worker)
    }

    /// Puts another worker into the place of one that ends.
    private func watch(_ worker: TestWorker) {
        Task {
            guard let process = worker.process, await process.waitForExit(timeout: Limit.forEver) != nil else { return }
            let (mustReplace, wasFree) = self.state.withLock { state in
                state.endedText += process.standardError.current
                guard state.living.removeValue(forKey: ObjectIdentifier(worker)) != nil else { return (false, false) }
                let wasFree = state.free.contains { $0 === worker }
                state.free.removeAll { $0 === worker }
                if wasFree { state.idleEnds += 1 }
                return (!state.isStopped, wasFree)
            }
            // Otherwise somebody waits for a response, and sees the end of the relay.
            if wasFree { await worker.end() }
            // As RoadRunner does it: again and again, one second after the other.
            while mustReplace, !self.state.withLock({ $0.isStopped }) {
                do { return try await self.allocateOne() } catch { try? await Task.sleep(for: .seconds(1)) }
            }
        }
    }

    /// Stops all workers once they are free, and starts others, as `rr reset` does. Requests wait meanwhile.
    public func reset() async throws {
        self.state.withLock { $0.isClosed = true }
        await self.quiet()
        await self.stopAll()
        try await self.allocate(self.state.withLock { $0.count })
        self.state.withLock { $0.isClosed = false }
        self.serveTakers()
    }

    /// Stops all workers once they are free, as RoadRunner does in the end.
    public func stop() async {
        let wasStopped = self.state.withLock { state in
            defer { state.isClosed = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        await self.quiet()
        self.state.withLock { $0.isStopped = true }
        await self.stopAll()
        self.failTakers()
    }

    /// Leaves the workers as a RoadRunner that is killed: their relays end.
    public func abandon() async {
        let workers = self.state.withLock { state in
            state.isStopped = true
            defer { state.living = [:] }
            return Array(state.living.values)
        }
        for worker in workers { await worker.disconnect() }
        self.failTakers()
    }

    private func kill() async {
        let workers = self.state.withLock { state in
            state.isStopped = true
            defer { state.living = [:] }
            return Array(state.living.values)
        }
        for worker in workers { await worker.end() }
        self.failTakers()
    }

    /// Tells all workers to stop, at the same time, and waits for their ends.
    private func stopAll() async {
        let workers = self.state.withLock { state in
            defer {
                state.living = [:]
                state.free = []
            }
            return Array(state.living.values)
        }
        await withTaskGroup(of: Void.self) { group in for worker in workers { group.addTask { await Self.stop(worker) } } }
    }

    private static func stop(_ worker: TestWorker) async {
        try? await worker.stop()
        _ = await worker.process?.waitForExit(timeout: Limit.stop)
        await worker.end()
    }

    private func quiet() async {
        await withCheckedContinuation { continuation in
            let isQuiet = self.state.withLock { state in
                if state.free.count == state.count { return true }
                state.quietWaiters.append(continuation)
                return false
            }
            if isQuiet { continuation.resume() }
        }
    }

    // MARK: Requests

    /// Sends a request to the worker that has been free the longest, and waits for the complete response.
    ///
    /// A worker that asks for another one in its place is stopped, and the request is sent again, as RoadRunner does it.
    ///
    /// - Throws: what RoadRunner answers with 500: the worker has ended, or has sent something else than a response.
    public func send(_ request: TestRequest) async throws -> WorkerResponse {
        while true {
            let worker = try await self.take()
            do {
                try await worker.begin(request)
                let first = try await worker.nextFrame()
                guard Self.asksForReplacement(first) else {
                    let response = try await worker.finishResponse(first: worker.responseFrame(first))
                    self.giveBack(worker)
                    return response
                }
            } catch {
                await worker.end()
                throw error
            }
            // Its end is noticed, and another one is started.
            await Self.stop(worker)
        }
    }

    private static func asksForReplacement(_ frame: Frame) -> Bool {
        let (context, body) = TestWorker.split(frame)
        return body.readableBytes == 0 && String(buffer: context) == #"{"stop":true}"#
    }

    /// Takes a worker out of the pool for `body`, which may do with it what it likes.
    public func withWorker<Result>(_ body: (TestWorker) async throws -> Result) async throws -> Result {
        let worker = try await self.take()
        defer { self.giveBack(worker) }
        return try await body(worker)
    }

    private func take() async throws -> TestWorker {
        try await withCheckedThrowingContinuation { continuation in
            let worker = self.state.withLock { state -> TestWorker? in
                if !state.isClosed, !state.free.isEmpty { return state.free.removeFirst() }
                if !state.isStopped { state.takers.append(continuation) }
                return nil
            }
            if let worker {
                continuation.resume(returning: worker)
            } else if self.state.withLock({ $0.isStopped }) {
                self.failTakers()
            }
        }
    }

    private func giveBack(_ worker: TestWorker) {
        let waiters = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
            // One that has ended has been replaced.
            guard state.living[ObjectIdentifier(worker)] != nil, worker.process?.hasEnded != true else { return [] }
            state.free.append(worker)
            guard state.isClosed, state.free.count == state.count else { return [] }
            defer { state.quietWaiters = [] }
            return state.quietWaiters
        }
        for waiter in waiters { waiter.resume() }
        self.serveTakers()
    }

    private func serveTakers() {
        while true {
            let pair = self.state.withLock { state -> (CheckedContinuation<TestWorker, any Error>, TestWorker)? in
                guard !state.isClosed, !state.free.isEmpty, !state.takers.isEmpty else { return nil }
                return (state.takers.removeFirst(), state.free.removeFirst())
            }
            guard let (taker, worker) = pair else { return }
            taker.resume(returning: worker)
        }
    }

    private func failTakers() {
        let takers = self.state.withLock { state in
            defer { state.takers = [] }
            return state.takers
        }
        for taker in takers { taker.resume(throwing: TestWorkerError(.notStarted, "the pool was stopped")) }
    }

    // MARK: What can be seen

    /// The pids of the workers' processes, as RoadRunner knows them.
    public var processIDs: [Int32] { self.state.withLock { $0.living.values.compactMap(\.processID).sorted() } }

    /// How many workers have ended while they were free. RoadRunner keeps those among its free ones, and waits for them when it stops.
    public var idleEnds: Int { self.state.withLock { $0.idleEnds } }

    /// What the workers have written to standard error, those that have ended first.
    public var standardError: String {
        self.state.withLock { state in
            state.endedText + state.living.values.compactMap { $0.process?.standardError.current }.joined()
        }
    }

    /// Waits until there are as many workers again as there are to be, and none of these, for 30 seconds at most.
    ///
    /// - Returns: whether that is so.
    public func waitForReplacement(of pids: [Int32]) async -> Bool {
        for _ in 0..<3000 {
            let living = self.processIDs
            if living.count == self.state.withLock({ $0.count }), Set(living).isDisjoint(with: pids) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits until a worker has written `text` to standard error, for 30 seconds at most.
    public func waitForStandardError(containing text: String) async -> Bool {
        for _ in 0..<3000 {
            if self.standardError.contains(text) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Sends a signal to the processes of the workers.
    ///
    /// - Parameter chosen: the pids of those that get it; nil for all.
    public func signal(_ number: Int32, to chosen: [Int32]? = nil) {
        let workers = self.state.withLock { Array($0.living.values) }
        for worker in workers {
            guard let pid = worker.processID, chosen?.contains(pid) ?? true else { continue }
            worker.process?.signal(number)
        }
    }
}
