import Hummingbird
import Testing

@testable import KVCache

@Suite(.timeLimit(.minutes(1))) struct PersistDriverTests {
    @Test(arguments: StoreKind.allCases) func behavesLikeHummingbirdsOwn(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let driver = KeyValuePersistDriver(store)
            let user = User(name: "a", age: 1)
            #expect(try await driver.get(key: "k", as: User.self) == nil)
            try await driver.create(key: "k", value: user)
            await #expect(throws: PersistError.duplicate) { try await driver.create(key: "k", value: user) }
            #expect(try await driver.get(key: "k", as: User.self) == user)
            try await driver.set(key: "k", value: 7, expires: nil)
            #expect(try await driver.get(key: "k", as: Int.self) == 7)
            await #expect(throws: PersistError.invalidConversion) { _ = try await driver.get(key: "k", as: User.self) }
            try await driver.remove(key: "k")
            #expect(try await driver.get(key: "k", as: Int.self) == nil)
            try await driver.create(key: "k", value: 8, expires: .seconds(50))
            // Without a new expiry the entry keeps the old one.
            try await driver.set(key: "k", value: 9, expires: nil)
            let kept = try await driver.getWithTTL(key: "k", as: Int.self)
            #expect(kept?.object == 9)
            #expect(kept?.ttl.map { $0 > .seconds(45) && $0 <= .seconds(50) } == true)
            try await driver.set(key: "k", value: 10, expires: .seconds(500))
            #expect(try await driver.getWithTTL(key: "k", as: Int.self)?.ttl.map { $0 > .seconds(450) } == true)
            #expect(await keyValueCode { try await driver.set(key: "k", value: 1, expires: .seconds(-1)) } == .invalidTimeToLive)
        }
    }

    @Test(arguments: StoreKind.allCases) func oneOfManyCreates(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let driver = KeyValuePersistDriver(store)
            let created = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask { (try? await driver.create(key: "k", value: number)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 1)
        }
    }

    @Test func expiriesAreExact() async throws {
        let clock = TestClock()
        let driver = KeyValuePersistDriver(.inMemory("cache", now: clock.now))
        try await driver.set(key: "k", value: 1, expires: .milliseconds(500))
        clock.advance(0.499)
        #expect(try await driver.get(key: "k", as: Int.self) == 1)
        try await driver.set(key: "k", value: 2, expires: nil)
        clock.advance(0.002)
        #expect(try await driver.get(key: "k", as: Int.self) == nil)
        try await driver.create(key: "k", value: 3, expires: nil)
        clock.advance(1e6)
        #expect(try await driver.get(key: "k", as: Int.self) == 3)
    }
}
