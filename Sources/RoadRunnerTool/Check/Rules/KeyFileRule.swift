import Foundation
import RoadRunnerRuntime

/// Key files are keys, and only their owner reads them.
struct KeyFileRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        if let named = setup.workerVariable("KV_KEYPAIR_PATH") { findings.append(Self.keypair(named.value, setup)) }
        // Where the templates, and examples, have theirs.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: setup.path("var"))) ?? []
        for name in names.sorted() where name.hasSuffix(".key") { findings.append(Self.key("var/\(name)", setup)) }
        return findings
    }

    private static func keypair(_ path: String, _ setup: Setup) -> Finding {
        guard Paths.exists(setup.path(path)) else {
            return .fault(
                "key.missing", "KV_KEYPAIR_PATH is \(path), and there is no such file",
                "rr-swift keypair \(path) makes one; where PHP shares the storage, copy its file")
        }
        guard let bytes = try? SmallFile.bytes(of: setup.path(path), upTo: 4096) else {
            return .fault(
                "key.unreadable", "the keypair \(path) cannot be read",
                "it must be a file of 64 bytes that the workers' user may read")
        }
        guard bytes.count == 64 else {
            return .fault(
                "key.length",
                "the keypair \(path) has \(bytes.count) bytes, and must have 64: raw, not as text, without a line's end",
                "rr-swift keypair makes one")
        }
        guard KeyMaterial.isKeypair(bytes) else {
            return .fault(
                "key.mismatch",
                "the keypair \(path) is none: it must be the secret key and then the public key that belongs to it",
                "rr-swift keypair makes one")
        }
        return Self.permissions(path, setup) ?? .good("key", "the keypair \(path) is one")
    }

    private static func key(_ path: String, _ setup: Setup) -> Finding {
        let size = (try? SmallFile.bytes(of: setup.path(path), upTo: 4096))?.count
        guard size == 32 else {
            return .fault(
                "key.length",
                "the key \(path) \(size.map { "has \($0) bytes" } ?? "cannot be read"), and must have 32: raw, not as text",
                "rr-swift key makes one")
        }
        return Self.permissions(path, setup) ?? .good("key", "the key \(path) is one")
    }

    private static func permissions(_ path: String, _ setup: Setup) -> Finding? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: setup.path(path))
        guard let mode = attributes?[.posixPermissions] as? NSNumber, mode.intValue & 0o077 != 0 else { return nil }
        return .warning("key.open", "others than its owner can read or write \(path)", "chmod 600 \(path)")
    }
}
