@testable import KVCache
@testable import KVEncryption

let entry = EntryName(storage: "vault", key: "k")

func code(_ body: () throws -> Void) -> EncryptionError.Code? {
    do { try body() } catch { return (error as? EncryptionError)?.code }
    return nil
}
