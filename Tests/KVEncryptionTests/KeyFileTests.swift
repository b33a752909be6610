import Configuration
import Foundation
import Logging
import NIOCore
import RoadRunnerRuntime
import TestSupport
import Testing

@testable import KVEncryption

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

    @Test func unusableFiles() async throws {
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

    @Test func processesThatStartTogetherCreateOneKey() async throws {
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

    @Test func filesReadableByOtherUsersAreWarnedAbout() async throws {
        try await Self.withTemporaryDirectory { folder in
            let path = folder + "/key"
            try EncryptionKey().write(to: path)
            let lines = LogLines()
            _ = try EncryptionKey(contentsOf: path, logger: lines.logger)
            #expect(lines.all.isEmpty)
            chmod(path, 0o640)
            _ = try EncryptionKey(contentsOf: path, logger: lines.logger)
            #expect(lines.all.count == 1 && lines.all[0].contains("chmod 600") && lines.all[0].contains(path))
            // Each kernel of a process loads its keys, but one warning is enough.
            _ = try EncryptionKey(contentsOf: path, logger: lines.logger)
            #expect(lines.all.count == 1)
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
