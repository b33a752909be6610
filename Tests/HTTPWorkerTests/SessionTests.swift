import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import Testing

@testable import HTTPWorker

/// A store that shows what was done to it.
private final class ShownStore: PersistDriver {
    struct State {
        var entries: [String: (data: Data, expires: Duration?)] = [:]
        var gets = 0
        var sets = 0
        var removals = 0
    }

    let state = Mutex(State())

    func create(key: String, value: some Codable & Sendable, expires: Duration?) async throws {
        try await self.set(key: key, value: value, expires: expires)
    }

    func set(key: String, value: some Codable & Sendable, expires: Duration?) async throws {
        let data = try JSONEncoder().encode(value)
        self.state.withLock { state in
            state.sets += 1
            state.entries[key] = (data, expires)
        }
    }

    func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        let entry = self.state.withLock { state in
            state.gets += 1
            return state.entries[key]
        }
        return try entry.map { try JSONDecoder().decode(type, from: $0.data) }
    }

    func remove(key: String) async throws {
        self.state.withLock { state in
            state.removals += 1
            state.entries[key] = nil
        }
    }

    /// Lets all sessions have been created and used so long ago.
    func age(_ seconds: Int, touchedOnly: Bool = false) throws {
        try self.state.withLock { state in
            for (key, entry) in state.entries {
                var record = try JSONDecoder().decode(Session.Record.self, from: entry.data)
                if !touchedOnly { record.created -= seconds }
                record.touched -= seconds
                state.entries[key] = (try JSONEncoder().encode(record), entry.expires)
            }
        }
    }
}

/// A browser: it keeps its cookie.
private final class Browser: Sendable {
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
    private func withSessions<Result>(
        _ store: ShownStore = ShownStore(), options: SessionOptions = SessionOptions(),
        _ body: (TestWorker, ShownStore) async throws -> Result
    ) async throws -> Result {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: try TrustedProxies(parsing: "loopback"))
        router.add(middleware: SessionMiddleware(store, options: options))
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
            #expect(cookie.contains("Max-Age=7200"))
            #expect(!cookie.contains("Secure"))
            #expect(first.head["Cache-Control"] == ["private"])
            #expect(try await browser.get("/get").text == "one")
            #expect(store.state.withLock { Array($0.entries.keys) } == ["session:\(id)"])
            #expect(try await browser.get("/remove").text == "removed")
            #expect(try await browser.get("/get").text == "nothing")
        }
    }

    @Test func whatIsNotUsedCostsNothing() async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            #expect(try await browser.get("/none").head["Set-Cookie"].isEmpty)
            #expect(try await browser.get("/get").head["Set-Cookie"].isEmpty)
            #expect(store.state.withLock { $0.gets + $0.sets } == 0)
            try await browser.get("/set/one")
            for _ in 0..<3 {
                #expect(try await browser.get("/get").head["Set-Cookie"].isEmpty)
                try await browser.get("/none")
            }
            #expect(store.state.withLock { $0.sets } == 1)
            #expect(store.state.withLock { $0.gets } == 3)
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
    func idsOfTheClientsChoiceAreNeverTaken(_ id: String) async throws {
        try await self.withSessions { worker, store async throws in
            let browser = Browser(worker)
            browser.cookie.withLock { $0 = id }
            #expect(try await browser.get("/get").text == "nothing")
            try await browser.get("/set/one")
            #expect(browser.cookie.withLock { $0 } != id)
            #expect(store.state.withLock { $0.entries[("session:" + id)] } == nil)
            #expect(try await browser.get("/get").text == "one")
        }
    }

    @Test func regeneratingLeavesTheOldIdWorthless() async throws {
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
            #expect(store.state.withLock { $0.entries.count } == 1)
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
            #expect(store.state.withLock { $0.entries.isEmpty })
            #expect(try await browser.get("/get").text == "nothing")
        }
    }

    @Test func flashesAreThereOnce() async throws {
        try await self.withSessions { worker, _ async throws in
            let browser = Browser(worker)
            try await browser.get("/flash")
            try await browser.get("/get")
            #expect(try await browser.get("/flashed").text == "saved")
            #expect(try await browser.get("/flashed").text == "nothing")
        }
    }

    @Test func refusalsKeepWhatWasNotedAndFailuresDoNot() async throws {
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

    @Test func streamsHaveTheCookieAndTellWhoComesTooLate() async throws {
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
        var options = SessionOptions()
        options.idleTimeout = .seconds(1000)
        options.absoluteTimeout = .seconds(10_000)
        try await self.withSessions(options: options) { worker, store async throws in
            let browser = Browser(worker)
            try await browser.get("/set/one")
            // Reading keeps it alive, and tells the browser so, now and then.
            try store.age(30)
            #expect(try await browser.get("/get").head["Set-Cookie"].isEmpty)
            try store.age(500)
            let touched = try await browser.get("/get")
            #expect(touched.text == "one")
            #expect(touched.head["Set-Cookie"].first?.contains("Max-Age=1000") == true)
            try store.age(900)
            #expect(try await browser.get("/get").text == "one")
            // Near its absolute end it lives no longer than that.
            try store.age(8000)
            try store.age(-7500, touchedOnly: true)
            let last = try await browser.get("/get")
            #expect(last.text == "one")
            let age = try #require(last.head["Set-Cookie"].first?.firstMatch(of: /Max-Age=([0-9]+)/)?.1)
            #expect((450...570).contains(Int(age) ?? 0))
            try store.age(1001)
            #expect(try await browser.get("/get").text == "nothing")
        }
    }

    @Test func secureFollowsTheSchemeOfTheClient() async throws {
        try await self.withSessions { worker, _ async throws in
            let cookie = try await Browser(worker).get("/set/one", headers: [("X-Forwarded-Proto", "https")]).head["Set-Cookie"]
            #expect(cookie.first?.contains("; Secure") == true)
        }
        for (secure, isThere) in [(SessionOptions.Secure.always, true), (.never, false)] {
            var options = SessionOptions()
            options.secure = secure
            try await self.withSessions(options: options) { worker, _ async throws in
                let cookie = try await Browser(worker).get("/set/one").head["Set-Cookie"]
                #expect(cookie.first?.contains("; Secure") == isThere)
            }
        }
        var options = SessionOptions()
        options.sameSite = .none
        options.secure = .never
        try await self.withSessions(options: options) { worker, _ async throws in
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
        // Every bit is used: each character has many values at each place (the last one has four bits).
        for place in 0..<43 { #expect(Set(ids.map { Array($0)[place] }).count == (place == 42 ? 16 : 64)) }
    }
}
