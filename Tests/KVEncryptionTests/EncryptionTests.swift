import Configuration
import Foundation
@testable import KVCache
@testable import KVEncryption
import Logging
import NIOCore
import RoadRunnerRuntime
import Testing
import TestSupport

private let entry = EntryName(storage: "vault", key: "k")

private func code(_ body: () throws -> Void) -> EncryptionError.Code? {
    do { try body() } catch { return (error as? EncryptionError)?.code }
    return nil
}

private struct Bytes64: Decodable {
    let data: Data
    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let data = Data(base64Encoded: text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no base64"))
        }
        self.data = data
    }
}

/// Vectors that PHP's libsodium made.
private enum Vectors {
    struct Keypair: Decodable {
        let name: String
        let keypair_file_b64: Bytes64
        let secret_key_b64: Bytes64
        let public_key_b64: Bytes64
    }
    struct Box: Decodable {
        let name: String
        let plaintext_b64: Bytes64
        let sealed_b64: Bytes64
    }
    struct Failure: Decodable {
        let name: String
        let sealed_b64: Bytes64
        let keypair_file_b64: Bytes64
    }
    struct Keypairs: Decodable { let keypairs: [Keypair] }
    struct Boxes: Decodable {
        let keypair_file_b64: Bytes64
        let boxes: [Box]
    }
    struct BigBox: Decodable {
        let keypair_file_b64: Bytes64
        let plaintext_length: Int
        let sealed_b64: Bytes64
    }
    struct Failures: Decodable { let cases: [Failure] }

    static func load<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: Recording.fixtures.appending(path: "sodium/\(name).json")))
    }
}

@Suite struct SealedBoxTests {
    @Test func keypairsOfPHP() throws {
        let keypairs = try Vectors.load("keypairs", as: Vectors.Keypairs.self).keypairs
        #expect(keypairs.count == 4)
        for vector in keypairs {
            let keypair = try BoxKeypair(bytes: vector.keypair_file_b64.data)
            #expect(Data(keypair.publicKey) == vector.public_key_b64.data)
            keypair.secretKey.withBytes { #expect(Data(bytes: $0, count: 32) == vector.secret_key_b64.data) }
        }
    }

    @Test(arguments: ["sealed_boxes", "non_deterministic"]) func boxesOfPHPOpen(_ name: String) throws {
        let vectors = try Vectors.load(name, as: Vectors.Boxes.self)
        let box = SealedBoxEnvelope(try BoxKeypair(bytes: vectors.keypair_file_b64.data))
        #expect(vectors.boxes.count >= 3)
        for vector in vectors.boxes {
            let opened = try box.open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
            #expect(Data(opened.readableBytesView) == vector.plaintext_b64.data, "\(vector.name)")
            // And what is made here opens with the recorded keys, and is another box each time.
            let sealed = try box.seal(opened, for: entry)
            #expect(sealed.readableBytes == vector.sealed_b64.data.count)
            #expect(sealed != ByteBuffer(bytes: vector.sealed_b64.data))
            #expect(try box.open(sealed, for: entry) == opened)
        }
    }

    @Test func aBigBoxOfPHPOpens() throws {
        let vector = try Vectors.load("sealed_box_64kib", as: Vectors.BigBox.self)
        let opened = try SealedBoxEnvelope(BoxKeypair(bytes: vector.keypair_file_b64.data))
            .open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
        let expected = (0..<vector.plaintext_length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        #expect(Array(opened.readableBytesView) == expected)
    }

    @Test func whatMustFailFails() throws {
        let cases = try Vectors.load("must_fail", as: Vectors.Failures.self).cases
        #expect(cases.count == 22)
        for vector in cases {
            let result = code {
                let box = SealedBoxEnvelope(try BoxKeypair(bytes: vector.keypair_file_b64.data))
                _ = try box.open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
            }
            let possible: [EncryptionError.Code] =
                switch vector.name {
                case let name where name.hasPrefix("keypair_"): [.wrongLength]
                case "swapped_halves", "right_secret_wrong_public", "wrong_secret_right_public": [.mismatchedKeys]
                case "too_short_47", "empty", "plaintext_not_encrypted": [.unknownFormat]
                default: [.notAuthentic]
                }
            #expect(result.map { possible.contains($0) } == true, "\(vector.name): \(String(describing: result))")
        }
    }
}

@Suite struct BoundEnvelopeTests {
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
        try await store.set(["a": "1", "b": "2"], expiresIn: .seconds(100))
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
        // Ends stay what they were.
        #expect(try await store.timeToLive(of: "a").map { $0 > .seconds(90) && $0 < .seconds(103) } == true)
        #expect(try await store.timeToLive(of: "c") == nil)
    }

    @Test func storesSayWhatDoesNotOpenAndNothingOfIt() async throws {
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
                Issue.record("it opened")
            } catch let error as KeyValueError {
                #expect(error.code == .cannotOpen)
                #expect(error.key == key)
                #expect(error.underlying is EncryptionError)
                #expect(!"\(error)".contains("topsecret"))
            }
        }
        // A computation takes its place only when the caller says so.
        var lenient = CacheOptions()
        lenient.treatsFailuresAsMisses = true
        await #expect(throws: KeyValueError.self) { _ = try await store.value(for: "other") { "new" } }
        #expect(try await store.value(for: "other", options: lenient) { "new" } == "new")
        #expect(try await store.get("other", as: String.self) == "new")
    }
}

@Suite struct KeyFileTests {
    private static func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path())
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func filesThatCannotBeUsed() async throws {
        try await Self.withTemporaryDirectory { folder in
            #expect(code { _ = try BoxKeypair(contentsOf: folder + "/missing") } == .missingFile)
            do { _ = try BoxKeypair(contentsOf: folder + "/missing") } catch {
                #expect("\(error)".contains("BoxKeypair().write(to: \"\(folder)/missing\")"))
            }
            do { _ = try EncryptionKey(contentsOf: folder + "/missing") } catch {
                #expect("\(error)".contains("creatingIfMissing: true"))
            }
            #expect(code { _ = try BoxKeypair(contentsOf: folder) } == .unreadableFile)
            for length in [0, 32, 63, 65, 128] {
                let path = folder + "/\(length)"
                try Data(repeating: 7, count: length).write(to: URL(filePath: path))
                #expect(code { _ = try BoxKeypair(contentsOf: path) } == .wrongLength)
                if length != 32 { #expect(code { _ = try EncryptionKey(contentsOf: path) } == .wrongLength) }
            }
            do {
                _ = try EncryptionKey(contentsOf: folder + "/65")
            } catch {
                #expect("\(error)".contains(folder + "/65") && "\(error)".contains("65 bytes") && "\(error)".contains("32"))
            }
            try Data(repeating: 7, count: 64).write(to: URL(filePath: folder + "/64"))
            #expect(code { _ = try BoxKeypair(contentsOf: folder + "/64") } == .mismatchedKeys)
            #expect(code { try EncryptionKey().write(to: folder + "/64") } == .fileExists)
            #expect(code { try EncryptionKey().write(to: "/proc/nowhere/key") } == .unwritableFile)
        }
    }

    @Test func writtenKeysAreRead() async throws {
        try await Self.withTemporaryDirectory { folder in
            let keypair = try BoxKeypair()
            try keypair.write(to: folder + "/sub/keypair")
            #expect(try Self.mode(folder + "/sub/keypair") == 0o600)
            #expect(try Self.mode(folder + "/sub") == 0o700)
            let sealed = try SealedBoxEnvelope(keypair).seal(ByteBuffer(string: "v"), for: entry)
            #expect(
                try SealedBoxEnvelope(BoxKeypair(contentsOf: folder + "/sub/keypair")).open(sealed, for: entry)
                    == ByteBuffer(string: "v")
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/sub") == ["keypair"])
        }
    }

    @Test func processesThatStartTogetherMakeOneKey() async throws {
        try await Self.withTemporaryDirectory { folder in
            let path = folder + "/var/vault.key"
            let ids = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for _ in 0..<20 { group.addTask { try EncryptionKey(contentsOf: path, creatingIfMissing: true).id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try Data(contentsOf: URL(filePath: path)).count == 32)
        }
    }

    @Test func othersWhoCanReadTheFileAreWarnedAbout() async throws {
        try await Self.withTemporaryDirectory { folder in
            let path = folder + "/key"
            try EncryptionKey().write(to: path)
            let lines = Lines()
            let logger = Logger(label: "test") { _ in lines }
            _ = try EncryptionKey(contentsOf: path, logger: logger)
            #expect(lines.text.isEmpty)
            chmod(path, 0o640)
            _ = try EncryptionKey(contentsOf: path, logger: logger)
            #expect(lines.text.contains("chmod 600") && lines.text.contains(path))
            // Each kernel of a process loads its keys; once is enough.
            let once = lines.text
            _ = try EncryptionKey(contentsOf: path, logger: logger)
            #expect(lines.text == once)
        }
    }

    @Test func secretsAreNotPrinted() throws {
        let secret = Array("0123456789abcdef0123456789abcdef".utf8)
        let key = try EncryptionKey(bytes: secret)
        let keypair = try BoxKeypair()
        var text = ""
        for value in [key, keypair, AEADEnvelope(key: key), SealedBoxEnvelope(keypair)] as [Any] {
            print(value, to: &text)
            debugPrint(value, to: &text)
            dump(value, to: &text)
        }
        #expect(!text.contains("0123456789") && !text.contains("48, 49, 50"))
        keypair.secretKey.withBytes { #expect(!text.contains("\($0[0]), \($0[1]), \($0[2])")) }
    }

    @Test func theKeypairOfTheOptions() async throws {
        try await Self.withTemporaryDirectory { folder in
            try BoxKeypair().write(to: folder + "/keypair")
            func boot(_ path: String) throws -> BootContext {
                let configuration = ConfigReader(
                    provider: EnvironmentVariablesProvider(environmentVariables: ["KV_KEYPAIR_PATH": path]))
                return LaunchContext(
                    options: try RuntimeOptions().overlaid(by: configuration), configuration: configuration,
                    logger: Logger(label: "test"), relay: RelayEnvironment(), standardStreams: nil
                ).bootContext(mode: nil)
            }
            #expect(try boot(folder + "/keypair").sealedBox() != nil)
            #expect(try boot("").sealedBox() == nil)
            #expect(code { _ = try boot(folder + "/other").sealedBox() } == .missingFile)
        }
    }
}

private final class Lines: LogHandler, @unchecked Sendable {
    private let lock = NSLock()
    private var written = ""
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    var text: String { self.lock.withLock { self.written } }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) { self.lock.withLock { self.written += "\(event.message)\n" } }
}
