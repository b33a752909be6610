import Foundation
import KVEncryption
import TestSupport
import Testing

@testable import RoadRunnerTool

@Suite struct KeyTests {
    @Test func theLibraryReadsAKey() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["key", "secrets/vault.key"], in: folder)
            #expect(run.code == 0, "\(run.text)")
            #expect(try TestFile.mode("\(folder)/secrets/vault.key") == 0o600)
            _ = try EncryptionKey(contentsOf: "\(folder)/secrets/vault.key")
            // No temporary file is left beside it.
            #expect(try TestFile.names(in: "\(folder)/secrets") == ["vault.key"])
        }
    }

    @Test func theLibraryReadsAKeypair() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["keypair", "pair", "--json"], in: folder)
            #expect(run.code == 0, "\(run.text)")
            let pair = try BoxKeypair(contentsOf: "\(folder)/pair")
            let shown = try JSONDecoder().decode([String: String].self, from: Data(run.output.utf8))
            #expect(shown["publicKey"] == pair.publicKey.map { String(format: "%02x", $0) }.joined())
            #expect(shown["path"] == Paths.resolve("pair", from: folder))
            #expect(try TestFile.mode("\(folder)/pair") == 0o600)
        }
    }

    @Test(arguments: ["key", "keypair"]) func noKeyIsReplaced(_ command: String) async throws {
        try await withTemporaryDirectory { folder async throws in
            try TestFile.write("precious", to: "\(folder)/file")
            let run = await ToolRun.of([command, "file"], in: folder)
            #expect(run.code == 1)
            #expect(run.errors.contains("exists"))
            #expect(try TestFile.read("\(folder)/file") == "precious")
            #expect(try TestFile.names(in: folder) == ["file"])
        }
    }

    @Test func keysAreNew() {
        #expect(KeyMaterial.key().count == 32)
        #expect(KeyMaterial.key() != KeyMaterial.key())
        let (secret, publicKey) = KeyMaterial.keypair()
        #expect(KeyMaterial.isKeypair(secret + publicKey))
        #expect(!KeyMaterial.isKeypair(publicKey + secret))
    }
}
