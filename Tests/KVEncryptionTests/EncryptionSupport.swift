import Configuration
import Foundation
@testable import KVCache
@testable import KVEncryption
import Logging
import NIOCore
import RoadRunnerRuntime
import Testing
import TestSupport

let entry = EntryName(storage: "vault", key: "k")

func code(_ body: () throws -> Void) -> EncryptionError.Code? {
    do { try body() } catch { return (error as? EncryptionError)?.code }
    return nil
}
