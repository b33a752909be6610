import RoadRunnerRuntime
import Testing

@testable import KVCache

/// Keys may be secrets, and errors are logged and reported.
@Suite struct KeyLabelTests {
    @Test(arguments: [
        ("session:9f86d081884c7d65", "\"session:…\""), ("user:7", "\"user:…\""), ("reset-token/abc", "\"reset-token/…\""),
        ("9f86d081884c7d659a2feaa0", "\"…\""), ("abcdefghijklmnop", "\"abcd…\""), ("greeting", "\"gr…\""), ("k", "\"…\""),
        ("", "\"…\""), ("user:", "\"u…\""), ("žluť:7", "\"…\""), ("averyveryveryverylongword1234:x", "\"aver…\""),
        ("a1b2c3d4:seen", "\"a…\""),
    ])
    func showTheFirstWordAlone(_ key: String, _ beginning: String) {
        #expect(KeyLabel(key).description.hasPrefix(beginning + " (fingerprint "))
    }

    @Test func theSameKeyHasTheSameLabel() {
        #expect(KeyLabel("session:a").description == KeyLabel("session:a").description)
        #expect(KeyLabel("session:a").description != KeyLabel("session:b").description)
    }

    @Test func errorsQuoteNoKey() async throws {
        let id = "9f86d081884c7d659a2feaa0c55ad015"
        let store = KeyValueStore.inMemory("cache", prefix: "session:")
        try await store.set("hunter2", for: id)
        var errors: [any Error] = []
        func note(_ body: () async throws -> Void) async { do { try await body() } catch { errors.append(error) } }
        await note { _ = try await store.get(id, as: Int.self) }
        await note { _ = try await store.get(id, as: Choice.self) }
        await note { try await store.set(1, for: id + String(repeating: "x", count: 70_000)) }
        await note { try await store.withLock(id) { try await store.withLock(id) {} } }
        #expect(errors.count == 4)
        for case let error as KeyValueError in errors {
            #expect(error.key?.contains(id) == true)
            let text = error.description
            #expect(!text.contains("9f86") && text.contains("\"session:…\""), "\(text)")
            var parts = ""
            dump(error, to: &parts)
            for child in Mirror(reflecting: error).children { print(child.value, to: &parts) }
            if error.code == .undecodable { #expect(error.underlying != nil && error.causes.isEmpty) }
            #expect(!parts.contains("9f86") && !parts.contains("hunter2"), "\(parts)")
        }
    }

    private enum Choice: String, Codable { case one }
}
