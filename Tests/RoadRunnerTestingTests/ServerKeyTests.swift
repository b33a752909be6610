import RoadRunnerAPI
import SwiftProtobuf
import Testing

@testable import RoadRunnerTesting

/// One letter in two spellings makes two keys, as in RoadRunner.
@Suite struct ServerKeyTests {
    private let spellings = ["\u{E9}", "e\u{301}"]

    @Test func ofStorages() throws {
        var driver = MemoryDriver()
        let items = self.spellings.map { key in KVItem.with { $0.key = key } }
        try driver.set([items[0]])
        #expect(try driver.has([items[1]]).isEmpty)
        try driver.set([items[1]])
        #expect(try driver.has(items).count == 2)
        try driver.remove([items[0]])
        #expect(try driver.get(items).map { Array($0.key.utf8) } == [Array(self.spellings[1].utf8)])
    }

    @Test func ofLocks() async throws {
        let loop = try Peer.sharedLoop()
        let (first, second) = (self.spellings[0], self.spellings[1])
        @Sendable func request(_ resource: String, _ id: String) -> LockRequest {
            .with { ($0.resource, $0.id, $0.ttl) = (resource, id, 60_000_000) }
        }
        await loop.submit {
            let table = LockTable(loop: loop) {}
            defer { table.removeAll() }
            var results: [Bool] = []
            try? table.lock(request(first, first)) { results.append($0) }
            #expect(!table.exists(request(second, "*")))
            #expect(!table.exists(request(first, second)))
            #expect(!table.release(request(first, second)))
            #expect(!table.forceRelease(request(second, second)))
            try? table.lock(request(second, second)) { results.append($0) }
            #expect(results == [true, true])
            #expect(table.release(request(first, first)))
        }
    }
}
