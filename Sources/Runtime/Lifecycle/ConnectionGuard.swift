import Logging

/// Looks after a connection that a server may close while nobody uses it, such as one to a database: it is checked before it is
/// used when it has lain idle, and made again when it is gone, so that a dropped connection costs no request.
///
/// ```swift
/// let database = ConnectionGuard("orders") { try await Database.connect(url) } check: { try await $0.ping() } close: { await $0.close() }
/// boot.warmUp("orders") { try await database.connect() }
/// …
/// let count = try await database.withConnection(isIdempotent: true) { try await $0.count("orders") }
/// ```
///
/// The connection is shared: calls at the same time use it at the same time.
public actor ConnectionGuard<Connection: Sendable> {
    /// How the connection is handled.
    public struct Options: Sendable {
        /// How long a connection may lie idle before it is checked.
        public var idleLimit: Duration = .seconds(10)
        /// How long a check may take; beyond it the connection counts as gone.
        public var checkTimeout: Duration = .seconds(2)

        /// Creates options with their default values.
        public init() {}
    }

    private let name: String
    private let options: Options
    private let connect: @Sendable () async throws -> Connection
    private let check: @Sendable (Connection) async throws -> Void
    private let close: @Sendable (Connection) async -> Void
    private let isConnectionError: @Sendable (any Error) -> Bool

    private var connection: Connection?
    /// Which connection it is: errors of an older one say nothing about it.
    private var generation = 0
    private var lastUse = ContinuousClock.now
    private var connecting: Task<(Connection, Int), any Error>?
    private var checking: Task<Bool, Never>?

    /// Creates a guard, which connects when it is used first.
    ///
    /// - Parameters:
    ///   - name: for log lines.
    ///   - connect: makes a connection.
    ///   - check: throws when the connection is gone; a ping, say.
    ///   - isConnectionError: whether an error means that the connection is gone. By default every error does, which costs a connection
    ///     where it is not so.
    ///   - close: ends a connection.
    public init(
        _ name: String, options: Options = Options(),
        connect: @escaping @Sendable () async throws -> Connection,
        check: @escaping @Sendable (Connection) async throws -> Void,
        isConnectionError: @escaping @Sendable (any Error) -> Bool = { _ in true },
        close: @escaping @Sendable (Connection) async -> Void = { _ in }
    ) {
        self.name = name
        self.options = options
        self.connect = connect
        self.check = check
        self.isConnectionError = isConnectionError
        self.close = close
    }

    /// Connects, unless it is connected: at boot, so that the first request need not.
    ///
    /// - Throws: what connecting throws.
    public func connect() async throws { _ = try await self.current() }

    /// Runs `body` with a connection that is alive as far as anyone can know.
    ///
    /// - Parameter isIdempotent: whether `body` may be run twice: after an error of the connection it is run once more, with a new one.
    /// - Throws: what connecting throws, or what `body` does.
    public func withConnection<Result: Sendable>(
        isIdempotent: Bool = false, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        let (connection, generation) = try await self.alive()
        do {
            let result = try await body(connection)
            self.lastUse = .now
            return result
        } catch {
            guard !(error is CancellationError), self.isConnectionError(error) else { throw error }
            await self.drop(generation, "\(error)")
            guard isIdempotent else { throw error }
            let (fresh, generation) = try await self.current()
            do {
                let result = try await body(fresh)
                self.lastUse = .now
                return result
            } catch {
                if self.isConnectionError(error) { await self.drop(generation, "\(error)") }
                throw error
            }
        }
    }

    /// Ends the connection. The next use makes another one.
    public func disconnect() async { await self.drop(self.generation, nil) }

    // MARK: The connection

    private func alive() async throws -> (Connection, Int) {
        guard let connection, ContinuousClock.now - self.lastUse > self.options.idleLimit else { return try await self.current() }
        let generation = self.generation
        if await self.isAlive(connection) {
            self.lastUse = .now
        } else {
            await self.drop(generation, "it was idle, and is not alive any more")
        }
        return try await self.current()
    }

    /// Concurrent callers share one check.
    private func isAlive(_ connection: Connection) async -> Bool {
        if let checking { return await checking.value }
        let (check, timeout) = (self.check, self.options.checkTimeout)
        // Detached, as is the attempt to connect: they outlive the request that has caused them.
        let task = Task.detached { (try? await withDeadline(timeout) { try await check(connection) }) != nil }
        self.checking = task
        defer { self.checking = nil }
        return await task.value
    }

    private func current() async throws -> (Connection, Int) {
        if let connection { return (connection, self.generation) }
        if let connecting {
            _ = try await connecting.value
            return try await self.current()
        }
        let task = Task.detached { try await self.makeConnection() }
        self.connecting = task
        return try await task.value
    }

    /// It is in place, or its failure forgotten, before anyone who waits for it goes on.
    private func makeConnection() async throws -> (Connection, Int) {
        defer { self.connecting = nil }
        let connection = try await self.connect()
        self.connection = connection
        self.generation += 1
        self.lastUse = .now
        return (connection, self.generation)
    }

    private func drop(_ generation: Int, _ reason: String?) async {
        guard generation == self.generation, let connection else { return }
        self.connection = nil
        if let reason {
            Logger.current.notice("a connection is made again: \(reason)", metadata: ["rr.connection": "\(self.name)"])
        }
        // Closing a broken connection is not waited for.
        let close = self.close
        _ = await ends(within: self.options.checkTimeout) { await close(connection) }
    }
}
