import Logging

/// Guards a connection that a server may close while it is unused, such as one to a database: it is checked before use when it has
/// been idle for too long, and reconnected when it is gone, so that a dropped connection costs no request.
///
/// ```swift
/// let database = ConnectionGuard("orders") { try await Database.connect(url) } check: { try await $0.ping() } close: { await $0.close() }
/// boot.warmUp("orders") { try await database.connect() }
///
/// let count = try await database.withConnection(isIdempotent: true) { try await $0.count("orders") }
/// ```
///
/// The connection is shared: concurrent calls use it concurrently.
public actor ConnectionGuard<Connection: Sendable> {
    /// The options of a guard.
    public struct Options: Sendable {
        /// The time that a connection may be idle before it is checked.
        public var idleLimit: Duration = .seconds(10)
        /// The time that a check may take; after it the connection counts as gone.
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
    /// The number of the current connection: errors of an older one do not concern it.
    private var generation = 0
    private var lastUse = ContinuousClock.now
    private var connecting: Task<(Connection, Int), any Error>?
    private var checking: Task<Bool, Never>?

    /// Creates a guard, which connects on first use.
    ///
    /// - Parameters:
    ///   - name: the connection's name in log lines.
    ///   - connect: opens a connection.
    ///   - check: throws when the connection is gone; for example a ping.
    ///   - isConnectionError: whether an error means that the connection is gone. By default every error does, so that an unrelated
    ///     one costs a connection.
    ///   - close: closes a connection.
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

    /// Connects unless it is connected, for example at boot, so that the first request need not.
    ///
    /// - Throws: any error of connecting.
    public func connect() async throws { _ = try await self.current() }

    /// Runs `body` with a connection that is alive, as far as is known.
    ///
    /// - Parameter isIdempotent: whether `body` may run twice: after a connection error it runs once more, with a new connection.
    /// - Throws: any error of connecting or of `body`.
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

    /// Closes the connection. The next use reconnects.
    public func disconnect() async { await self.drop(self.generation, nil) }

    // MARK: The connection

    private func alive() async throws -> (Connection, Int) {
        guard let connection, ContinuousClock.now - self.lastUse > self.options.idleLimit else { return try await self.current() }
        let generation = self.generation
        if await self.isAlive(connection) {
            self.lastUse = .now
        } else {
            await self.drop(generation, "it was idle and no longer responds")
        }
        return try await self.current()
    }

    /// Concurrent callers share one check.
    private func isAlive(_ connection: Connection) async -> Bool {
        if let checking { return await checking.value }
        let (check, timeout) = (self.check, self.options.checkTimeout)
        // Detached, as is the attempt to connect: they outlive the request that caused them.
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

    /// The connection is in place, or its failure forgotten, before any waiting caller continues.
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
            Logger.current.notice("reconnecting: \(reason)", metadata: ["rr.connection": "\(self.name)"])
        }
        // Closing a broken connection may take no longer than a check.
        let close = self.close
        _ = await ends(within: self.options.checkTimeout) { await close(connection) }
    }
}
