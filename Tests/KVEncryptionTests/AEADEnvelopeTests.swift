import Foundation
import NIOCore
import TestSupport
import Testing

@testable import KVCache
@testable import KVEncryption

@Suite struct AEADEnvelopeTests {
    @Test func valuesOpenOnlyWhereTheyWereStored() throws {
        var random = SeededGenerator.forTest()
        let envelope = AEADEnvelope(key: try EncryptionKey())
        for length in [0, 1, 15, 16, 17, 1000, 100_000] {
            let value = ByteBuffer(bytes: random.bytes(length))
            let sealed = try envelope.seal(value, for: entry)
            #expect(sealed.readableBytes == length + AEADEnvelope.overhead)
            #expect(try envelope.open(sealed, for: entry) == value)
            #expect(try envelope.seal(value, for: entry) != sealed)
            for other in [
                EntryName(storage: "vault", key: "l"), EntryName(storage: "other", key: "k"),
                EntryName(storage: "vaultk", key: ""),
                EntryName(storage: "vaul", key: "tk"), EntryName(storage: "", key: "vaultk"),
            ] { #expect(code { _ = try envelope.open(sealed, for: other) } == .notAuthentic) }
        }
    }

    @Test func everyBitCounts() throws {
        let envelope = AEADEnvelope(key: try EncryptionKey())
        let sealed = try envelope.seal(ByteBuffer(string: "attack at dawn"), for: entry)
        for index in 0..<sealed.readableBytes {
            for bit in 0..<8 {
                var bytes = Array(sealed.readableBytesView)
                bytes[index] ^= 1 << bit
                let expected: EncryptionError.Code = index == 0 ? .unknownFormat : index < 9 ? .unknownKey : .notAuthentic
                #expect(code { _ = try envelope.open(ByteBuffer(bytes: bytes), for: entry) } == expected)
            }
        }
        for length in 0..<sealed.readableBytes {
            let cut = try #require(sealed.getSlice(at: 0, length: length))
            #expect(
                code { _ = try envelope.open(cut, for: entry) }
                    == (length < AEADEnvelope.overhead ? .unknownFormat : .notAuthentic))
        }
    }

    @Test func garbage() throws {
        var random = SeededGenerator.forTest()
        let envelope = AEADEnvelope(key: try EncryptionKey())
        let box = SealedBoxEnvelope(try BoxKeypair())
        for _ in 0..<3_000 {
            let bytes = ByteBuffer(bytes: random.bytes(Int.random(in: 0..<120, using: &random)))
            #expect(code { _ = try envelope.open(bytes, for: entry) } != nil)
            #expect(code { _ = try box.open(bytes, for: entry) } != nil)
        }
    }

    @Test func keysRotate() async throws {
        let old = try EncryptionKey()
        let new = try EncryptionKey()
        var store = KeyValueStore.inMemory("vault", envelope: AEADEnvelope(key: old))
        try await store.set(["a": "1", "b": "2"], timeToLive: .seconds(100))
        try await store.set("3", for: "c")
        store.envelope = AEADEnvelope(key: new)
        await #expect(throws: KeyValueError.self) { _ = try await store.get("a", as: String.self) }
        store.envelope = AEADEnvelope(key: new, older: [old])
        try await store.set("4", for: "d")
        #expect(try await store.get(["a", "b", "c", "d"], as: String.self) == ["a": "1", "b": "2", "c": "3", "d": "4"])
        #expect(try await store.reencrypt(["a", "b", "c", "d", "missing"]) == 3)
        #expect(try await store.reencrypt(["a", "b", "c", "d", "missing"]) == 0)
        store.envelope = AEADEnvelope(key: new)
        #expect(try await store.get(["a", "b", "c", "d"], as: String.self) == ["a": "1", "b": "2", "c": "3", "d": "4"])
        // Rotation keeps expiries.
        #expect(try await store.timeToLive(of: "a").map { $0 > .seconds(90) && $0 < .seconds(103) } == true)
        #expect(try await store.timeToLive(of: "c") == nil)
    }

    @Test func errorsNameTheEntryAndNothingOfItsValue() async throws {
        var store = KeyValueStore.inMemory("vault", envelope: AEADEnvelope(key: try EncryptionKey()))
        try await store.set("topsecret", for: "k")
        var plain = store
        plain.envelope = nil
        plain.coder = RawValueCoder()
        let stored = try #require(try await plain.get("k", as: ByteBuffer.self))
        #expect(!String(decoding: stored.readableBytesView, as: UTF8.self).contains("topsecret"))
        // Moved to another key.
        try await plain.set(stored, for: "other")
        for (key, envelope) in [("other", store.envelope), ("k", AEADEnvelope(key: try EncryptionKey()))] {
            store.envelope = envelope
            do {
                _ = try await store.get(key, as: String.self)
                Issue.record("the value opened")
            } catch let error as KeyValueError {
                #expect(error.code == .cannotOpen)
                #expect(error.key == key)
                #expect(error.underlying is EncryptionError)
                #expect(!"\(error)".contains("topsecret"))
            }
        }
        // A computation replaces the value only on request.
        var lenient = CacheOptions()
        lenient.treatsFailuresAsMisses = true
        await #expect(throws: KeyValueError.self) { _ = try await store.value(for: "other") { "new" } }
        #expect(try await store.value(for: "other", options: lenient) { "new" } == "new")
        #expect(try await store.get("other", as: String.self) == "new")
    }
}
