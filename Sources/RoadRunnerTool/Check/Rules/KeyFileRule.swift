import Foundation
import Goridge
import RoadRunnerRuntime

/// Key files contain keys, and only their owner can read them.
struct KeyFileRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        let named =
            [setup.workerVariable("KV_KEYPAIR_PATH")] + setup.services.map { setup.serviceVariable("KV_KEYPAIR_PATH", $0) }
        for path in Set(named.compactMap { $0?.value }).sorted() { findings.append(Self.keypair(path, setup)) }
        // The folder that the templates and examples use.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: setup.path("var"))) ?? []
        for name in names.sorted() where name.hasSuffix(".key") { findings.append(Self.key("var/\(name)", setup)) }
        return findings
    }

    private static func keypair(_ path: String, _ setup: Setup) -> Finding {
        guard Paths.exists(setup.path(path)) else {
            return .fault(
                "key.missing", "KV_KEYPAIR_PATH is \(path), which does not exist",
                "rr-swift keypair \(path) creates one; if PHP shares the storage, copy its file")
        }
        guard let bytes = try? SmallFile.bytes(of: setup.path(path), upTo: 4096) else {
            return .fault(
                "key.unreadable", "the keypair \(path) cannot be read",
                "it must be a file of 64 bytes that the workers' user can read")
        }
        guard bytes.count == 64 else {
            return .fault(
                "key.length",
                "the keypair \(path) has \(bytes.count) bytes, expected 64: raw, not as text, without a newline",
                "rr-swift keypair creates one")
        }
        guard KeyMaterial.isKeypair(bytes) else {
            return .fault(
                "key.mismatch",
                "\(path) is not a keypair: it must contain the secret key, followed by its public key",
                "rr-swift keypair creates one")
        }
        return Self.permissions(path, setup) ?? .good("key", "the keypair \(path) is valid")
    }

    private static func key(_ path: String, _ setup: Setup) -> Finding {
        let size = (try? SmallFile.bytes(of: setup.path(path), upTo: 4096))?.count
        guard size == 32 else {
            return .fault(
                "key.length",
                "the key \(path) \(size.map { "has \($0) bytes" } ?? "cannot be read"); it must have 32, raw and not as text",
                "rr-swift key creates one")
        }
        return Self.permissions(path, setup) ?? .good("key", "the key \(path) is valid")
    }

    private static func permissions(_ path: String, _ setup: Setup) -> Finding? {
        let status = try? FileStatus(path: setup.path(path), followsLinks: true)
        guard let status, status.isAccessibleToOthers else { return nil }
        return .warning("key.open", "others than its owner can read or write \(path)", "chmod 600 \(path)")
    }
}
