import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) final class SessionConcurrencyTests: Sendable {
    private let store = ShownStore()

    private func request(_ ids: String..., driver: (any PersistDriver)? = nil) -> Session {
        let clock = self.store.clock
        let cookie = ids.map { "session=\($0)" }.joined(separator: "; ")
        let lines = LogLines()
        self.lines.withLock { $0 = lines }
        return Session(
            headers: [.cookie: cookie], cookie: SessionCookie(SessionOptions()),
            storage: SessionStorage(driver ?? self.store, options: SessionOptions()) { clock.seconds }, logger: lines.logger)
    }

    private let lines = Mutex(LogLines())
    /// The log lines of the last request.
    private var logged: [String] { self.lines.withLock { $0 }.all }

    private func makeSession(_ driver: (any PersistDriver)? = nil) async throws -> String {
        let session = self.request(driver: driver)
        try await session.set("ann", for: "user")
        guard case .set(let id, _) = try await session.save().cookie else { throw Broken() }
        return id
    }

    @Test func onHummingbirdsDriver() async throws {
        let driver = MemoryPersistDriver()
        try await SessionContract(driver, driver).check()
    }

    @Test func onADriverThatStoresJSON() async throws { try await SessionContract(self.store, self.store).check() }

    /// The end also replaces a record that a late request writes.
    @Test func endedSessionsLeaveOnlyTheirEnd() async throws {
        let id = try await self.makeSession()
        let late = self.request(id)
        try await late.set(1, for: "late")
        self.store.clock.advance(3600)
        let destroyer = self.request(id)
        try await destroyer.destroy()
        _ = try await destroyer.save()
        _ = try await late.save()
        let keys = SessionKeys(id, prefix: "session:")
        #expect(self.store.keys == [keys.ended])
        // The mark lasts as long as the record of any request could.
        let end = try #require(self.store.state.withLock { $0.entries[keys.ended]?.end })
        #expect(end >= self.store.clock.seconds - 3600 + 7 * 86_400)
    }

    /// RoadRunner's memory driver deletes an entry before it replaces it.
    @Test func entriesMissedOnceAreReadAgain() async throws {
        let id = try await self.makeSession()
        for passed in [0, 6000, 6000] {
            self.store.clock.advance(passed)
            self.store.state.withLock { $0.misses = [] }
            let session = self.request(id)
            #expect(try await session.get("user") == "ann")
            _ = try await session.save()
        }
    }

    @Test func unreadableSessionsAreReplaced() async throws {
        for broken in ["", "{", "[]", "7", #"{"created":"x"}"#] {
            let id = try await self.makeSession()
            let key = SessionKeys(id, prefix: "session:").record
            self.store.state.withLock { $0.entries[key] = (Data(broken.utf8), nil) }
            let session = self.request(id)
            #expect(try await session.get("user", as: String.self) == nil)
            #expect(self.logged.count == 1)
            #expect(self.logged.first?.contains("cannot read") == true)
            #expect(self.logged.first?.contains("DecodingError") == true)
            try await session.set("bob", for: "user")
            guard case .set(let new, _) = try await session.save().cookie else {
                Issue.record("the session has no new id")
                continue
            }
            #expect(new != id)
            #expect(try await self.request(new).get("user") == "bob")
        }
        let driver = MemoryPersistDriver()
        let id = try await self.makeSession(driver)
        try await driver.set(key: SessionKeys(id, prefix: "session:").record, value: 7, expires: nil)
        #expect(try await !self.request(id, driver: driver).exists())
        #expect(self.logged.count == 1)
    }

    /// A store that is unavailable for a moment must not log out all users.
    @Test func storesThatFailAreErrors() async throws {
        struct FailingStore: PersistDriver {
            func create(key: String, value: some Codable & Sendable, expires: Duration?) async throws { throw Broken() }
            func set(key: String, value: some Codable & Sendable, expires: Duration?) async throws { throw Broken() }
            func get<Object: Codable & Sendable>(key: String, as: Object.Type) async throws -> Object? { throw Broken() }
            func remove(key: String) async throws { throw Broken() }
        }
        let session = self.request(SessionID.make(), driver: FailingStore())
        await #expect(throws: Broken.self) { try await session.exists() }
        #expect(self.logged.isEmpty)
    }

    @Test func theFirstCookieOfALiveSessionWins() async throws {
        let (first, second) = (try await self.makeSession(), try await self.makeSession())
        let strangers = (0..<4).map { _ in SessionID.make() }
        #expect(try await self.request("x", strangers[0], first, second).exists())
        let session = self.request(strangers[0], first, second)
        try await session.set("first", for: "user")
        _ = try await session.save()
        #expect(try await self.request(first).get("user") == "first")
        #expect(try await self.request(second).get("user") == "ann")
        // At most four ids are tried, each once.
        #expect(try await self.request(strangers[0], strangers[0], strangers[1], strangers[2], first).exists())
        let calls = self.store.calls
        #expect(try await !self.request(strangers[0], strangers[1], strangers[2], strangers[3], first).exists())
        #expect(self.store.calls == calls + 4 * 3)
        // Logging out ends the sessions of all cookies.
        let logout = self.request(first, second)
        try await logout.destroy()
        #expect(try await logout.save().cookie == .remove)
        #expect(try await !self.request(first, second).exists())
    }

    @Test func namesOfValuesAreBytes() async throws {
        let session = self.request()
        try await session.set(1, for: "\u{e9}")
        try await session.set(2, for: "e\u{301}")
        guard case .set(let id, _) = try await session.save().cookie else { throw Broken() }
        let next = self.request(id)
        #expect(try await next.get("\u{e9}") == 1)
        #expect(try await next.get("e\u{301}") == 2)
        try await next.remove("\u{e9}")
        #expect(try await next.get("e\u{301}") == 2)
        #expect(try await next.get("\u{e9}", as: Int.self) == nil)
    }

    @Test func valuesSetAfterDestroyingAreKept() async throws {
        let id = try await self.makeSession()
        let session = self.request(id)
        try await session.destroy()
        try await session.flash("You are logged out.", for: "message")
        guard case .set(let new, _) = try await session.save().cookie else { throw Broken() }
        #expect(new != id)
        #expect(try await self.request(new).takeFlash("message") == "You are logged out.")
        #expect(try await self.request(new).get("user", as: String.self) == nil)
        #expect(try await !self.request(id).exists())
    }
}
