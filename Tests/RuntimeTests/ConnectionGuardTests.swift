import RoadRunnerRuntime
import Synchronization
import Testing

/// A server that drops its connections on command.
private final class DroppingServer: Sendable {
    struct Dropped: Error {}

    struct State {
        var connections = 0
        var isDown = false
        var checks = 0
        var closed = 0
        /// Connections up to this number are dropped.
        var droppedUpTo = 0
    }

    let state = Mutex(State())

    struct Connection: Sendable {
        let number: Int
        let server: DroppingServer

        func query() throws -> Int {
            try self.server.state.withLock { state in
                if self.number <= state.droppedUpTo { throw Dropped() }
                return self.number
            }
        }
    }

    func connect() throws -> Connection {
        try self.state.withLock { state in
            if state.isDown { throw Dropped() }
            state.connections += 1
            return Connection(number: state.connections, server: self)
        }
    }

    func dropAll() { self.state.withLock { $0.droppedUpTo = $0.connections } }

    func guarded(idleLimit: Duration = .seconds(60)) -> ConnectionGuard<Connection> {
        var options = ConnectionGuard<Connection>.Options()
        options.idleLimit = idleLimit
        options.checkTimeout = .milliseconds(200)
        return ConnectionGuard("test", options: options) {
            try self.connect()
        } check: { connection in
            self.state.withLock { $0.checks += 1 }
            _ = try connection.query()
        } isConnectionError: {
            $0 is Dropped
        } close: { _ in
            self.state.withLock { $0.closed += 1 }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ConnectionGuardTests {
    @Test func connectionsAreMadeOnceAndKept() async throws {
        let server = DroppingServer()
        let connection = server.guarded()
        try await connection.connect()
        #expect(server.state.withLock { $0.connections } == 1)
        for _ in 0..<5 { #expect(try await connection.withConnection { try $0.query() } == 1) }
        #expect(server.state.withLock { $0.checks } == 0)
    }

    @Test func aConnectionThatWasDroppedWhileIdleCostsNoRequest() async throws {
        let server = DroppingServer()
        let connection = server.guarded(idleLimit: .zero)
        for round in 1...5 {
            #expect(try await connection.withConnection { try $0.query() } == round)
            server.dropAll()
        }
        #expect(server.state.withLock { $0.closed } == 4)
    }

    @Test func idempotentOperationsAreRetriedOnce() async throws {
        let server = DroppingServer()
        let connection = server.guarded()
        try await connection.connect()
        server.dropAll()
        #expect(try await connection.withConnection(isIdempotent: true) { try $0.query() } == 2)
        server.dropAll()
        // Other operations fail, once: the next one has a new connection.
        await #expect(throws: DroppingServer.Dropped.self) { try await connection.withConnection { try $0.query() } }
        #expect(try await connection.withConnection { try $0.query() } == 3)
        // There is only one retry.
        let calls = Mutex(0)
        await #expect(throws: DroppingServer.Dropped.self) {
            try await connection.withConnection(isIdempotent: true) { _ in
                calls.withLock { $0 += 1 }
                throw DroppingServer.Dropped()
            }
        }
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func otherErrorsKeepTheConnection() async throws {
        struct Wrong: Error {}
        let server = DroppingServer()
        let connection = server.guarded()
        await #expect(throws: Wrong.self) { try await connection.withConnection(isIdempotent: true) { _ in throw Wrong() } }
        #expect(try await connection.withConnection { try $0.query() } == 1)
    }

    @Test func manyAtOnceShareOneConnectionAndOneAttempt() async throws {
        let server = DroppingServer()
        let connection = server.guarded(idleLimit: .zero)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await connection.withConnection(isIdempotent: true) { try $0.query() } } }
            for try await number in group { #expect(number == 1) }
        }
        server.dropAll()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await connection.withConnection(isIdempotent: true) { try $0.query() } } }
            for try await number in group { #expect(number == 2) }
        }
        #expect(server.state.withLock { $0.connections } == 2)
    }

    @Test func aServerThatIsDownIsAnErrorAndRetried() async throws {
        let server = DroppingServer()
        server.state.withLock { $0.isDown = true }
        let connection = server.guarded()
        await #expect(throws: DroppingServer.Dropped.self) { try await connection.connect() }
        server.state.withLock { $0.isDown = false }
        #expect(try await connection.withConnection { try $0.query() } == 1)
        await connection.disconnect()
        #expect(try await connection.withConnection { try $0.query() } == 2)
    }

    @Test func checkTimeoutsMayExceedTheRangeOfClocks() async throws {
        let server = DroppingServer()
        var options = ConnectionGuard<DroppingServer.Connection>.Options()
        options.idleLimit = .zero
        options.checkTimeout = .seconds(Int64.max)
        let connection = ConnectionGuard("patient", options: options) {
            try server.connect()
        } check: { _ in
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await connection.withConnection { try $0.query() } == 1)
        #expect(try await connection.withConnection { try $0.query() } == 1)
    }

    @Test func aCheckThatHangsMarksTheConnectionAsGone() async throws {
        let server = DroppingServer()
        var options = ConnectionGuard<DroppingServer.Connection>.Options()
        options.idleLimit = .zero
        options.checkTimeout = .milliseconds(20)
        let connection = ConnectionGuard("hanging", options: options) {
            try server.connect()
        } check: { _ in
            try await Task.sleep(for: .seconds(3600))
        }
        #expect(try await connection.withConnection { try $0.query() } == 1)
        #expect(try await connection.withConnection { try $0.query() } == 2)
    }

    /// Neither a check nor a close that ignores its cancellation may delay callers.
    @Test func callsThatNeverReturnAreAbandoned() async throws {
        @Sendable func hang() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
        let server = DroppingServer()
        var options = ConnectionGuard<DroppingServer.Connection>.Options()
        options.idleLimit = .zero
        options.checkTimeout = .milliseconds(20)
        let connection = ConnectionGuard("stuck", options: options) {
            try server.connect()
        } check: { _ in
            await hang()
        } close: { _ in
            await hang()
        }
        for number in 1...3 { #expect(try await connection.withConnection { try $0.query() } == number) }
        await connection.disconnect()
    }

    /// Connections outlive the request that opened them.
    @Test func connectionsAreMadeOutsideOfRequests() async throws {
        enum Request { @TaskLocal static var name = "none" }
        let connection = ConnectionGuard("apart", connect: { Request.name }, check: { _ in })
        try await Request.$name.withValue("one") {
            let name = try await connection.withConnection { $0 }
            #expect(name == "none")
        }
    }
}
