import HTTPTypes
import Logging
import NIOCore
import TestSupport
import Testing

@testable import KVCache
@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct SessionStorageTests {
    @Test(arguments: StoreKind.allCases) func sessionsOfManyRequests(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let driver = KeyValuePersistDriver(store)
            try await SessionContract(driver, driver).check()
        }
    }

    @Test func sessionsOfTwoWorkers() async throws {
        try await withTwoWorkers { left, right, _ async throws in
            try await SessionContract(KeyValuePersistDriver(left), KeyValuePersistDriver(right)).check()
        }
    }

    /// After a change of the key, users begin new sessions, and are not refused.
    @Test func sessionsThatDoNotOpenAreReplaced() async throws {
        struct Envelope: ValueEnvelope {
            struct WrongKey: Error {}
            let key: UInt8
            func seal(_ plain: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
                var sealed = ByteBuffer(bytes: [self.key])
                sealed.writeImmutableBuffer(plain)
                return sealed
            }
            func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
                var plain = sealed
                guard plain.readInteger(as: UInt8.self) == self.key else { throw WrongKey() }
                return plain
            }
            func usesCurrentKey(_ sealed: ByteBuffer) -> Bool { sealed.getInteger(at: sealed.readerIndex) == self.key }
        }
        let lines = LogLines()
        var store = KeyValueStore.inMemory("cache", envelope: Envelope(key: 1))
        func request(_ id: String?) -> Session {
            Session(
                headers: id.map { [.cookie: "session=\($0)"] } ?? [:], cookie: SessionCookie(SessionOptions()),
                storage: SessionStorage(KeyValuePersistDriver(store), options: SessionOptions()), logger: lines.logger(.info))
        }
        let session = request(nil)
        try await session.set("ann", for: "user")
        guard case .set(let id, _) = try await session.save().cookie else {
            Issue.record("the session is not stored")
            return
        }
        #expect(try await request(id).get("user") == "ann")
        let logout = request(id)
        store.envelope = Envelope(key: 2)
        #expect(try await !request(id).exists())
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.hasPrefix("notice ") == true)
        #expect(lines.all.first?.contains("cannot be opened") == true)
        // A mark of an ended session that cannot be read still counts.
        store.envelope = Envelope(key: 1)
        try await logout.destroy()
        _ = try await logout.save()
        store.envelope = Envelope(key: 2)
        let storage = SessionStorage(KeyValuePersistDriver(store), options: SessionOptions())
        try await storage.create(id, storage.makeRecord())
        #expect(try await !request(id).exists())
        #expect(lines.all.count == 1)
    }
}
