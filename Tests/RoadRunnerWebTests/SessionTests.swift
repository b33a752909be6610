import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

/// A store that records its calls.
final class ShownStore: PersistDriver {
    struct State {
        var entries: [String: (data: Data, end: Int?)] = [:]
        var gets = 0
        var sets = 0
        var removals = 0
        /// Keys that were requested, and not found once, as while RoadRunner replaces an entry.
        var misses: Set<String>?
    }

    let state = Mutex(State())
    let clock = SessionClock()

    var keys: [String] { self.state.withLock { $0.entries.keys.sorted() } }
    /// The number of calls of any kind.
    var calls: Int { self.state.withLock { $0.gets + $0.sets + $0.removals } }

    func create(key: String, value: some Codable & Sendable, expires: Duration?) async throws {
        guard self.state.withLock({ $0.entries[key] }) == nil else { throw PersistError.duplicate }
        try await self.set(key: key, value: value, expires: expires)
    }

    func set(key: String, value: some Codable & Sendable, expires: Duration?) async throws {
        let data = try JSONEncoder().encode(value)
        self.state.withLock { state in
            state.sets += 1
            state.entries[key] = (data, expires.map { self.clock.seconds + Int($0.components.seconds) })
        }
    }

    func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        let data: Data? = self.state.withLock { state in
            state.gets += 1
            if state.misses?.insert(key).inserted == true { return nil }
            guard let entry = state.entries[key], (entry.end ?? .max) > self.clock.seconds else { return nil }
            return entry.data
        }
        return try data.map { try JSONDecoder().decode(type, from: $0) }
    }

    func remove(key: String) async throws {
        self.state.withLock { state in
            state.removals += 1
            state.entries[key] = nil
        }
    }
}

/// A browser that keeps its cookie.
final class Browser: Sendable {
    let cookie = Mutex<String?>(nil)
    let worker: TestWorker

    init(_ worker: TestWorker) { self.worker = worker }

    @discardableResult
    func get(_ path: String, headers: [(String, String)] = []) async throws -> WorkerResponse {
        let sent = self.cookie.withLock { $0 }.map { [("Cookie", "other=1; session=\($0)")] } ?? []
        let response = try await self.worker.send(.get(path, headers: sent + headers))
        for line in response.head["Set-Cookie"] {
            let value = line.split(separator: ";")[0].split(separator: "=", omittingEmptySubsequences: false)[1]
            self.cookie.withLock { $0 = value.isEmpty ? nil : String(value) }
        }
        return response
    }
}

@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    func withSessions<Result>(
        _ store: ShownStore = ShownStore(), options: SessionOptions = SessionOptions(),
        _ body: (TestWorker, ShownStore) async throws -> Result
    ) async throws -> Result {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: try TrustedProxies(parsing: "loopback"))
        try options.validate()
        let clock = store.clock
        router.add(
            middleware: BrowserSessions(
                cookie: SessionCookie(options), storage: SessionStorage(store, options: options) { clock.seconds }))
        router.get("none") { _, _ in "none" }
        router.get("set/:value") { _, context in
            try await context.session.set(context.parameters.require("value"), for: "value")
            return "set"
        }
        router.get("get") { _, context in try await context.session.get("value", as: String.self) ?? "nothing" }
        router.get("remove") { _, context in
            try await context.session.remove("value")
            return "removed"
        }
        router.get("login") { _, context in
            try await context.session.regenerate()
            try await context.session.set(true, for: "isAdmin")
            return "in"
        }
        router.get("logout") { _, context in
            try await context.session.destroy()
            return "out"
        }
        router.get("flash") { _, context in
            try await context.session.flash("saved", for: "message")
            return "flashed"
        }
        router.get("flashed") { _, context in try await context.session.takeFlash("message", as: String.self) ?? "nothing" }
        router.get("refuse") { _, context -> String in
            try await context.session.set(1, for: "attempts")
            throw HTTPError(.unauthorized, message: "no")
        }
        router.get("break") { _, context -> String in
            try await context.session.set(1, for: "attempts")
            throw Broken()
        }
        router.get("stream") { _, context in
            let session = try context.session
            try await session.set("streamed", for: "value")
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a"))
                    do {
                        try await session.set("late", for: "value")
                    } catch let error as SessionError {
                        try await writer.write(ByteBuffer(string: "\(error.code)"))
                    }
                    try await writer.finish(nil)
                })
        }
        router.get("public/:value") { _, context in
            try await context.session.set(context.parameters.require("value"), for: "value")
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60, public", .vary: "Accept"], body: .text("public"))
        }
        router.get("varied") { _, context -> String in
            _ = try await context.session.exists()
            throw HTTPError(.notFound, headers: [.vary: "Accept, cookie"])
        }
        router.get("wrong") { _, context in "\(try await context.session.get("value", as: Int.self) ?? 0)" }
        return try await TestWorker.with(HTTP(router)) { worker async throws in try await body(worker, store) }
    }

    @Test func valuesAreKeptByCookie() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            let first = try await browser.get("/set/one")
            let cookie = try #require(first.head["Set-Cookie"].first)
            let id = try #require(browser.cookie.withLock { $0 })
            #expect(id.count == 43)
            #expect(cookie.contains("HttpOnly"))
            #expect(cookie.contains("SameSite=Lax"))
            #expect(cookie.contains("Path=/"))
            #expect(cookie.contains("Max-Age=604800"))
            #expect(!cookie.contains("Secure"))
            #expect(first.head["Cache-Control"] == ["private"])
            #expect(try await browser.get("/get").text == "one")
            // The store's keys do not reveal the id of a session.
            #expect(store.keys == ["session:" + SHA256.hexDigest(id.utf8)])
            // The browser already has the cookie.
            let second = try await browser.get("/set/one")
            #expect(second.head["Set-Cookie"].isEmpty)
            #expect(second.head["Cache-Control"].isEmpty)
            #expect(try await browser.get("/remove").text == "removed")
            #expect(try await browser.get("/get").text == "nothing")
        }
    }

    @Test func unusedSessionsCostNothing() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            #expect(try await browser.get("/none").head["Set-Cookie"].isEmpty)
            #expect(try await browser.get("/get").head["Set-Cookie"].isEmpty)
            #expect(store.calls == 0)
            try await browser.get("/set/one")
            let before = store.calls
            for _ in 0..<3 { #expect(try await browser.get("/none").head["Vary"].isEmpty) }
            #expect(store.calls == before)
            for _ in 0..<3 { #expect(try await browser.get("/get").head["Set-Cookie"].isEmpty) }
            #expect(store.state.withLock { $0.sets } == 1)
            // Each request reads the values, and the mark of an ended session.
            #expect(store.calls == before + 6)
        }
    }

    @Test func usersNeverSeeEachOthersData() async throws {
        try await self.withSessions { worker, _ async throws in
            let browsers = (0..<20).map { _ in Browser(worker) }
            for (number, browser) in browsers.enumerated() { try await browser.get("/set/\(number)") }
            #expect(Set(browsers.map { $0.cookie.withLock { $0 } }).count == 20)
            for (number, browser) in browsers.enumerated().shuffled() {
                #expect(try await browser.get("/get").text == "\(number)")
            }
            #expect(try await Browser(worker).get("/get").text == "nothing")
        }
    }

    @Test(arguments: [
        "", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 44), "../../../etc", "\"quoted\"",
    ])
    func idsChosenByClientsAreNeverAccepted(_ id: String) async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            browser.cookie.withLock { $0 = id }
            #expect(try await browser.get("/get").text == "nothing")
            try await browser.get("/set/one")
            #expect(browser.cookie.withLock { $0 } != id)
            #expect(!store.keys.contains("session:" + SHA256.hexDigest(id.utf8)))
            #expect(try await browser.get("/get").text == "one")
        }
    }

    @Test func regeneratingInvalidatesTheOldId() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            try await browser.get("/set/one")
            let thief = Browser(worker)
            let old = browser.cookie.withLock { $0 }
            thief.cookie.withLock { $0 = old }
            #expect(try await thief.get("/get").text == "one")
            try await browser.get("/login")
            #expect(browser.cookie.withLock { $0 } != old)
            #expect(try await browser.get("/get").text == "one")
            #expect(try await thief.get("/get").text == "nothing")
            // The session, and the mark that the old one has ended.
            #expect(store.keys.count == 2)
        }
    }

    @Test func destroyingRemovesSessionAndCookie() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            #expect(try await browser.get("/logout").head["Set-Cookie"].isEmpty)
            try await browser.get("/set/one")
            let cookie = try #require(try await browser.get("/logout").head["Set-Cookie"].first)
            #expect(cookie.hasPrefix("session=;"))
            #expect(cookie.contains("Max-Age=0"))
            #expect(store.keys.allSatisfy { $0.hasSuffix(".ended") })
            #expect(try await browser.get("/get").text == "nothing")
        }
    }

    @Test func flashesAreReadOnce() async throws {
        try await self.withSessions { worker, _ async throws in
            let browser = Browser(worker)
            try await browser.get("/flash")
            try await browser.get("/get")
            #expect(try await browser.get("/flashed").text == "saved")
            #expect(try await browser.get("/flashed").text == "nothing")
        }
    }

    @Test func refusalsKeepChangesAndFailuresDoNot() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            let refused = try await browser.get("/refuse")
            #expect(refused.status == 401)
            #expect(refused.text.contains("no"))
            #expect(refused.head["Set-Cookie"].count == 1)
            #expect(store.state.withLock { $0.sets } == 1)
            #expect(try await browser.get("/break").status == 500)
            #expect(store.state.withLock { $0.sets } == 1)
        }
    }

    @Test func streamsHaveTheCookieAndLateChangesThrow() async throws {
        try await self.withSessions { worker, _ async throws in
            let browser = Browser(worker)
            let response = try await browser.get("/stream")
            #expect(response.isStreamed)
            #expect(response.head["Set-Cookie"].count == 1)
            #expect(response.text == "atooLate")
            #expect(try await browser.get("/get").text == "streamed")
        }
    }

    @Test func idleAndAbsoluteEnds() async throws {
        let options = SessionOptions(idleTimeout: .seconds(1000), absoluteTimeout: .seconds(10_000))
        try await self.withSessions(options: options) { worker, store async throws in
            let browser = Browser(worker)
            #expect(try await browser.get("/set/one").head["Set-Cookie"].first?.contains("Max-Age=10000") == true)
            let record = store.state.withLock { $0.entries }
            store.clock.advance(99)
            #expect(try await browser.get("/get").text == "one")
            #expect(store.state.withLock { $0.sets } == 1)
            // Reading extends the session, without a cookie for the browser, and without writing the values.
            store.clock.advance(1)
            for step in 1...10 {
                for _ in 0..<2 {
                    let read = try await browser.get("/get")
                    #expect(read.text == "one")
                    #expect(read.head["Set-Cookie"].isEmpty)
                }
                #expect(store.state.withLock { $0.sets } == 1 + step)
                store.clock.advance(950)
            }
            let entries = store.state.withLock { $0.entries }
            for (key, entry) in record { #expect(entries[key]?.data == entry.data) }
            #expect(entries.count == 2)
            // The session ends, used or not.
            store.clock.advance(400)
            #expect(try await browser.get("/get").text == "nothing")

            try await browser.get("/set/two")
            store.clock.advance(999)
            #expect(try await browser.get("/get").text == "two")
            store.clock.advance(1000)
            #expect(try await browser.get("/get").text == "nothing")
            // A shortened timeout applies to existing sessions.
            try await browser.get("/set/three")
            store.clock.advance(100)
            let shorter = SessionOptions(absoluteTimeout: .seconds(100))
            try await self.withSessions(store, options: shorter) { worker, _ async throws in
                let other = Browser(worker)
                let cookie = browser.cookie.withLock { $0 }
                other.cookie.withLock { $0 = cookie }
                #expect(try await other.get("/get").text == "nothing")
            }
            #expect(try await browser.get("/get").text == "three")
        }
    }

    @Test func secureFollowsTheSchemeOfTheClient() async throws {
        try await self.withSessions { worker, _ async throws in
            let cookie = try await Browser(worker).get("/set/one", headers: [("X-Forwarded-Proto", "https")]).head["Set-Cookie"]
            #expect(cookie.first?.contains("; Secure") == true)
        }
        for (secure, isThere) in [(SessionOptions.Secure.always, true), (.never, false)] {
            try await self.withSessions(options: SessionOptions(secure: secure)) { worker, _ async throws in
                let cookie = try await Browser(worker).get("/set/one").head["Set-Cookie"]
                #expect(cookie.first?.contains("; Secure") == isThere)
            }
        }
        try await self.withSessions(options: SessionOptions(sameSite: .none, secure: .never)) { worker, _ async throws in
            let cookie = try await Browser(worker).get("/set/one").head["Set-Cookie"]
            #expect(cookie.first?.contains("; Secure") == true)
        }
    }

    @Test func valuesOfAnotherTypeAreErrors() async throws {
        try await self.withSessions { worker, _ async throws in
            let browser = Browser(worker)
            try await browser.get("/set/one")
            #expect(try await browser.get("/wrong").status == 500)
            #expect(try await browser.get("/get").text == "one")
        }
    }

    @Test func withoutMiddlewareItIsATypedError() async throws {
        try await withText { _, context in
            do throws(SessionError) {
                _ = try context.session
                return "there"
            } catch {
                return "\(error.code)"
            }
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "notInstalled")
        }
    }

    @Test func idsAreLongAndDifferent() {
        let ids = (0..<10_000).map { _ in SessionID.make() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy(SessionID.isPlausible))
        // Every bit is used: each place has many different characters (the last one has four bits).
        for place in 0..<43 { #expect(Set(ids.map { Array($0)[place] }).count == (place == 42 ? 16 : 64)) }
    }
}
