import HTTPTypes
package import Hummingbird
import RoadRunnerWeb
import Synchronization
import Testing

/// The expected behaviour of sessions with any driver, when several requests use one session at the same time.
package struct SessionContract: Sendable {
    private let drivers: [any PersistDriver]
    private let clock = SessionClock()
    private let cookie = SessionCookie(SessionOptions())

    /// - Parameter other: another worker's driver for the same entries.
    package init(_ driver: any PersistDriver, _ other: any PersistDriver) { self.drivers = [driver, other] }

    /// Creates a request with a session's cookie.
    ///
    /// - Parameter worker: 0 or 1.
    private func request(_ id: String?, worker: Int = 0, driver: (any PersistDriver)? = nil) -> Session {
        let clock = self.clock
        var headers = HTTPFields()
        if let id { headers[.cookie] = "session=\(id)" }
        return Session(
            headers: headers, cookie: self.cookie,
            storage: SessionStorage(driver ?? self.drivers[worker], options: SessionOptions()) { clock.seconds })
    }

    /// Creates a session with a value.
    private func makeSession() async throws -> String {
        let session = self.request(nil)
        try await session.set("ann", for: "user")
        return try #require(try await Self.newID(session))
    }

    private static func newID(_ session: Session) async throws -> String? {
        guard case .set(let id, _) = try await session.save().cookie else { return nil }
        return id
    }

    private func expectEnded(_ id: String, location: SourceLocation = #_sourceLocation) async throws {
        for worker in 0...1 {
            let session = self.request(id, worker: worker)
            #expect(try await !session.exists(), sourceLocation: location)
            #expect(try await session.get("user", as: String.self) == nil, sourceLocation: location)
        }
    }

    package func check() async throws {
        try await self.checkThatReadersWriteNoValues()
        try await self.checkThatDestroyedSessionsStayDestroyed()
        try await self.checkThatRecordsOfEndedSessionsReviveNothing()
        try await self.checkThatOldIDsStayWorthless()
        try await self.checkManyAtOnce()
    }

    private func checkThatReadersWriteNoValues() async throws {
        let id = try await self.makeSession()
        self.clock.advance(1800)
        let reader = self.request(id)
        #expect(try await reader.get("user") == "ann")
        let writer = self.request(id, worker: 1)
        try await writer.set("cart", for: "item")
        #expect(try await writer.save().cookie == .none)
        #expect(try await reader.save().cookie == .none)
        #expect(try await self.request(id).get("item") == "cart")
        // Reading extends a session: in all it lasts longer than the idle timeout.
        for _ in 0..<4 {
            self.clock.advance(6000)
            let reader = self.request(id, worker: 1)
            #expect(try await reader.get("item") == "cart")
            _ = try await reader.save()
        }
        self.clock.advance(7200)
        try await self.expectEnded(id)
    }

    private func checkThatDestroyedSessionsStayDestroyed() async throws {
        let id = try await self.makeSession()
        let writer = self.request(id)
        try await writer.set("late", for: "item")
        let reader = self.request(id, worker: 1)
        #expect(try await reader.get("user") == "ann")
        let login = self.request(id)
        try await login.regenerate()
        let other = self.request(id)
        try await other.destroy()

        let destroyer = self.request(id, worker: 1)
        try await destroyer.destroy()
        #expect(try await destroyer.save().cookie == .remove)
        try await self.expectEnded(id)
        #expect(try await writer.save().cookie == .none)
        #expect(try await reader.save().cookie == .none)
        #expect(try await other.save().cookie == .remove)
        // A new session inherits no values of the old one.
        #expect(try await login.save().cookie == .none)
        try await self.expectEnded(id)
    }

    /// A worker writes a record too late, and crashes before it can remove it.
    private func checkThatRecordsOfEndedSessionsReviveNothing() async throws {
        for regenerates in [false, true] {
            let id = try await self.makeSession()
            let late = self.request(id, driver: InterruptedDriver(self.drivers[0]))
            try await late.set("late", for: "item")
            let other = self.request(id, worker: 1)
            if regenerates { try await other.regenerate() } else { try await other.destroy() }
            _ = try await other.save()
            await #expect(throws: InterruptedDriver.Interruption.self) { try await late.save() }
            try await self.expectEnded(id)
        }
    }

    private func checkThatOldIDsStayWorthless() async throws {
        let id = try await self.makeSession()
        let writer = self.request(id, worker: 1)
        try await writer.set("late", for: "item")
        // A form that is sent twice.
        let logins = [self.request(id), self.request(id, worker: 1)]
        for login in logins {
            try await login.regenerate()
            try await login.set(true, for: "isAdmin")
        }
        let first = try #require(try await Self.newID(logins[0]))
        #expect(try await writer.save().cookie == .none)
        try await self.expectEnded(id)
        #expect(try await self.request(first).get("user") == "ann")
        #expect(try await self.request(first).get("isAdmin") == true)
        #expect(try await self.request(first).get("item", as: String.self) == nil)
        let second = try #require(try await Self.newID(logins[1]))
        #expect(try await self.request(second).get("isAdmin") == true)
        #expect(try await self.request(second).get("user", as: String.self) == nil)
        try await self.expectEnded(id)
    }

    private func checkManyAtOnce() async throws {
        for round in 0..<4 {
            let id = try await self.makeSession()
            let sessions = (0..<12).map { self.request(id, worker: $0 % 2) }
            for (number, session) in sessions.enumerated() { try await session.set("late", for: "item\(number)") }
            if round % 2 == 0 { try await sessions[round].destroy() } else { try await sessions[round].regenerate() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in sessions { group.addTask { _ = try await session.save() } }
                try await group.waitForAll()
            }
            try await self.expectEnded(id)
        }
    }
}

/// A driver that fails after it has stored an entry.
private final class InterruptedDriver: PersistDriver {
    struct Interruption: Error {}

    private let driver: any PersistDriver
    private let isInterrupted = Mutex(false)

    init(_ driver: any PersistDriver) { self.driver = driver }

    private func check() throws { if self.isInterrupted.withLock({ $0 }) { throw Interruption() } }

    func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try self.check()
        try await self.driver.create(key: key, value: value, expires: expires)
    }

    func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try self.check()
        try await self.driver.set(key: key, value: value, expires: expires)
        self.isInterrupted.withLock { $0 = true }
    }

    func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        try self.check()
        return try await self.driver.get(key: key, as: type)
    }

    func remove(key: String) async throws {
        try self.check()
        try await self.driver.remove(key: key)
    }
}

/// Seconds since 1970, for sessions only.
package final class SessionClock: Sendable {
    private let time = Mutex(1_800_000_000)

    package init() {}

    package var seconds: Int { self.time.withLock { $0 } }
    package func advance(_ seconds: Int) { self.time.withLock { $0 += seconds } }
}
