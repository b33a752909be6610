import ArgumentParser

/// `rr-swift key`.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Create a key for encrypted storages.",
        discussion: """
            Writes 32 random bytes into a file that only you can read. EncryptionKey(contentsOf:) of the product KVEncryption reads it:

              let key = try EncryptionKey(contentsOf: "var/vault.key")
              let vault = try await boot.keyValueStore("vault", envelope: AEADEnvelope(key: key))

            An existing file is never replaced. Keep a copy of the key somewhere safe: without it the values cannot be read.
            """)

    @Argument(help: "The file to write; its folder is created.")
    var path = "var/vault.key"

    @Flag(help: "Print JSON: the path.")
    var json = false

    func run() async throws {
        let surroundings = Surroundings.current
        let path = surroundings.path(self.path)
        try SecretFile.create(path, KeyMaterial.key())
        if self.json { return try surroundings.console.printJSON(["path": path]) }
        surroundings.console.print(
            "\(surroundings.console.styled("✓", .green)) \(self.path) is a new key: 32 bytes, for you only")
    }
}
