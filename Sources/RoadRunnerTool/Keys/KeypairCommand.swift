import ArgumentParser
import Goridge

/// `rr-swift keypair`.
struct KeypairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keypair",
        abstract: "Create a keypair for storages that PHP workers share.",
        discussion: """
            Writes 64 bytes, the secret key and then the public key, into a file that only you can read, in the format of PHP's \
            sodium_crypto_box_keypair(), which RoadRunner's PHP client reads. KV_KEYPAIR_PATH names it for boot.sealedBox() of \
            the product KVEncryption.

            An existing file is never replaced. Keep a copy of the keypair somewhere safe: without it the values cannot be read.
            """)

    @Argument(help: "The file to write; its folder is created.")
    var path = "var/keypair"

    @Flag(help: "Print JSON: the path and the public key.")
    var json = false

    func run() async throws {
        let surroundings = Surroundings.current
        let path = surroundings.path(self.path)
        let keys = KeyMaterial.keypair()
        try SecretFile.create(path, keys.secret + keys.public)
        let shown = keys.public.map(\.hexadecimal).joined()
        if self.json { return try surroundings.console.printJSON(["path": path, "publicKey": shown]) }
        surroundings.console.print(
            """
            \(surroundings.console.styled("✓", .green)) \(self.path) is a new keypair: 64 bytes, for you only
              its public key is \(shown)
              KV_KEYPAIR_PATH=\(self.path) in the environment, or in .env, lets boot.sealedBox() use it
            """)
    }
}
