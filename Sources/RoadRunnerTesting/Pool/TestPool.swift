import Goridge
import NIOCore
public import RoadRunnerRuntime
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A pool of worker processes like RoadRunner's: each request goes to the worker that has been free the longest, and workers that
/// exit are replaced.
///
/// ```swift
/// try await TestPool.with(process: ".build/debug/App", workers: 8, environment: ["APP_RUNTIME": "shared"]) { pool in
///     let response = try await pool.send(.get("/hello"))
///     #expect(response.status == .ok)
///     try await pool.reset()
/// }
/// ```
///
/// With `APP_RUNTIME=shared` one process serves for all workers of a pool; another pool has another one.
public final class TestPool: Sendable {
    private enum Limit {
        /// How long a worker may take to stop before RoadRunner kills it.
        static let stop = Duration.seconds(10)
        static let forEver = Duration.seconds(24 * 3600)
    }

    private struct State {
        /// The free workers, the longest free first.
        var free: [TestWorker] = []
        var living: [ObjectIdentifier: TestWorker] = [:]
        var takers: [CheckedContinuation<TestWorker, any Error>] = []
        /// Whether requests no longer get workers.
        var isClosed = false
        /// The tasks that wait until all workers are free.
        var quietWaiters: [CheckedContinuation<Void, Never>] = []
        var count: Int
        /// The output of workers that have exited.
        var ended: [OutputCollector] = []
        var idleEnds = 0
        var isStopped = false
    }

    let start: PoolStart
    private let state: Mutex<State>
    /// Resets and the stop come one after the other.
    private let lifecycle = AsyncLock()

    private init(_ start: PoolStart, count: Int) {
        self.start = start
        self.state = Mutex(State(count: count))
    }

    // MARK: Lifecycle

    /// Starts a pool, runs `body` once all workers have responded to the handshake, and stops the workers.
    ///
    /// - Parameters:
    ///   - path: the path of the program.
    ///   - count: the number of workers.
    ///   - environment: as for ``TestWorker/with(process:arguments:environment:relay:mode:performsHandshake:_:)``. In addition, the
    ///     workers of a pool share a variable that distinguishes them from those of other pools.
    ///   - relay: how workers and pool are connected. With tcp and unix they are accepted one after the other.
    ///   - mode: the plugin whose workers they are.
    public static func with<Result>(
        process path: String, arguments: [String] = [], workers count: Int, environment: [String: String] = [:],
        relay: TestWorker.Relay = .pipes, mode: WorkerMode = .http, _ body: (TestPool) async throws -> Result
    ) async throws -> Result {
        var environment = environment
        environment["TEST_POOL"] = UUID().uuidString
        let start = try PoolStart(path, arguments: arguments, environment: environment, relay: relay, mode: mode)
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
        let isWanted = self.state.withLock { state in
            // A reset may have replaced it as well.
            guard !state.isStopped, state.living.count < state.count else { return false }
            state.living[ObjectIdentifier(worker)] = worker
            return true
        }
        guard isWanted else { return await worker.end() }
        self.watch(worker)
        self.giveBack(worker)
    }

    /// Replaces a worker when it exits.
    private func watch(_ worker: TestWorker) {
        Task {
            guard let process = worker.process, await process.waitForExit(timeout: Limit.forEver) != nil else { return }
            let (mustReplace, wasFree) = self.state.withLock { state in
                state.ended.append(process.standardError)
                guard state.living.removeValue(forKey: ObjectIdentifier(worker)) != nil else { return (false, false) }
                let wasFree = state.free.contains { $0 === worker }
                state.free.removeAll { $0 === worker }
                if wasFree { state.idleEnds += 1 }
                return (!state.isStopped, wasFree)
            }
            // Otherwise a caller waits for its response, and sees the end of the relay.
            if wasFree { await worker.end() }
            self.resumeQuietWaiters()
            if mustReplace { await self.replaceOne() }
        }
    }

    /// Starts a missing worker. As RoadRunner does it: repeatedly, once a second.
    private func replaceOne() async {
        while !self.state.withLock({ $0.isStopped }) {
            do { return try await self.allocateOne() } catch { try? await Task.sleep(for: .seconds(1)) }
        }
    }

    /// Stops all workers once they are free, and starts new ones, as `rr reset` does. Requests wait until then.
    ///
    /// - Throws: ``TestWorkerError`` when a new worker does not start, or the pool is stopped.
    public func reset() async throws {
        try await self.lifecycle.withLock {
            self.state.withLock { $0.isClosed = true }
            await self.quiet()
            if self.state.withLock({ $0.isStopped }) { throw Self.stopped }
            await self.stopAll()
            defer {
                self.state.withLock { $0.isClosed = $0.isStopped }
                self.serveTakers()
            }
            do {
                try await self.allocate(self.state.withLock { $0.count })
            } catch {
                let missing = self.state.withLock { $0.count - $0.living.count }
                for _ in 0..<max(0, missing) { Task { await self.replaceOne() } }
                throw error
            }
            if self.state.withLock({ $0.isStopped }) { throw Self.stopped }
        }
    }

    /// Stops all workers once they are free, as RoadRunner does when it exits.
    public func stop() async {
        await self.lifecycle.withLock {
            let wasStopped = self.state.withLock { state in
                defer { state.isClosed = true }
                return state.isStopped
            }
            guard !wasStopped else { return }
            await self.quiet()
            self.state.withLock { $0.isStopped = true }
            await self.stopAll()
            self.endWaiting()
        }
    }

    /// Closes the workers' relays, as when RoadRunner is killed.
    public func abandon() async { await self.stopNow { await $0.disconnect() } }

    private func kill() async { await self.stopNow { await $0.end() } }

    /// Stops the pool without waiting for requests.
    private func stopNow(_ end: (TestWorker) async -> Void) async {
        let workers = self.state.withLock { state in
            state.isStopped = true
            defer { state.living = [:] }
            return Array(state.living.values)
        }
        for worker in workers { await end(worker) }
        self.endWaiting()
    }

    /// Asks all workers to stop, at the same time, and waits for their exit.
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
                if state.free.count == state.living.count || state.isStopped { return true }
                state.quietWaiters.append(continuation)
                return false
            }
            if isQuiet { continuation.resume() }
        }
    }

    // MARK: Requests

    /// Sends a request to the worker that has been free the longest, and waits for the complete response.
    ///
    /// A worker that asks for its replacement is stopped, and the request is sent again, as RoadRunner does it.
    ///
    /// - Throws: an error where RoadRunner would answer 500: the worker exited, or sent something else than a response.
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
            // Its exit is noticed, and a new worker is started.
            await Self.stop(worker)
        }
    }

    private static func asksForReplacement(_ frame: Frame) -> Bool {
        let (context, body) = TestWorker.split(frame)
        return body.readableBytes == 0 && String(buffer: context) == #"{"stop":true}"#
    }

    /// Takes a worker out of the pool for `body`, which may use it in any way.
    public func withWorker<Result>(_ body: (TestWorker) async throws -> Result) async throws -> Result {
        let worker = try await self.take()
        defer { self.giveBack(worker) }
        return try await body(worker)
    }

    private func take() async throws -> TestWorker {
        try await withCheckedThrowingContinuation { continuation in
            let result = self.state.withLock { state -> Result<TestWorker, any Error>? in
                if state.isStopped { return .failure(Self.stopped) }
                if !state.isClosed, !state.free.isEmpty { return .success(state.free.removeFirst()) }
                state.takers.append(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    private func giveBack(_ worker: TestWorker) {
        self.state.withLock { state in
            // One that has exited is replaced.
            guard state.living[ObjectIdentifier(worker)] != nil, worker.process?.hasEnded != true else { return }
            state.free.append(worker)
        }
        self.resumeQuietWaiters()
        self.serveTakers()
    }

    /// Ends the waiting for the moment in which all workers are free.
    private func resumeQuietWaiters() {
        let waiters = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.free.count == state.living.count else { return [] }
            defer { state.quietWaiters = [] }
            return state.quietWaiters
        }
        for waiter in waiters { waiter.resume() }
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

    /// Ends all waiting, since the pool is stopped.
    private func endWaiting() {
        let (takers, quietWaiters) = self.state.withLock { state in
            defer { (state.takers, state.quietWaiters) = ([], []) }
            return (state.takers, state.quietWaiters)
        }
        for waiter in quietWaiters { waiter.resume() }
        for taker in takers { taker.resume(throwing: Self.stopped) }
    }

    private static var stopped: TestWorkerError { TestWorkerError(.notStarted, "the pool was stopped") }

    // MARK: Observing

    /// The pids of the workers' processes, as RoadRunner knows them.
    public var processIDs: [Int32] { self.state.withLock { $0.living.values.compactMap(\.processID).sorted() } }

    /// The number of workers that exited while they were free. RoadRunner keeps them in its list of free workers, and waits for
    /// them when it stops.
    public var idleEnds: Int { self.state.withLock { $0.idleEnds } }

    /// The standard error of all workers, exited ones first.
    public var standardError: String {
        self.state.withLock { state in
            (state.ended + state.living.values.compactMap { $0.process?.standardError }).map(\.current).joined()
        }
    }

    /// Waits for at most 30 seconds until the pool has all its workers again, and none of these.
    ///
    /// - Returns: whether it has.
    public func waitForReplacement(of pids: [Int32]) async -> Bool {
        for _ in 0..<3000 {
            let living = self.processIDs
            if living.count == self.state.withLock({ $0.count }), Set(living).isDisjoint(with: pids) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits for at most 30 seconds until a worker has written `text` to standard error.
    public func waitForStandardError(containing text: String) async -> Bool {
        for _ in 0..<3000 {
            if self.standardError.contains(text) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Sends a signal to the workers' processes.
    ///
    /// - Parameter chosen: the pids of the processes to signal; nil for all.
    public func signal(_ number: Int32, to chosen: [Int32]? = nil) {
        let workers = self.state.withLock { Array($0.living.values) }
        for worker in workers {
            guard let pid = worker.processID, chosen?.contains(pid) ?? true else { continue }
            worker.process?.signal(number)
        }
    }
}
