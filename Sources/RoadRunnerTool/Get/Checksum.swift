import Crypto
import Goridge

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A SHA-256 checksum: 64 hexadecimal digits, in lower case.
struct Checksum: Sendable, Hashable, CustomStringConvertible {
    let description: String

    /// - Returns: nil for malformed text.
    init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        guard text.utf8.count == 64, text.utf8.allSatisfy({ Self.digits.contains($0) }) else { return nil }
        self.description = text
    }

    init(_ digest: SHA256Digest) {
        self.description = digest.map(\.hexadecimal).joined()
    }

    private static let digits = Set("0123456789abcdef".utf8)

    /// Reads a file of `sha256sum`: the checksum, with an optional name.
    static func inFile(_ text: String, of name: String) -> Checksum? {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split { $0.isWhitespace || $0 == "*" } }
        if let line = lines.first(where: { $0.count == 2 && $0[1] == name }) { return Checksum(line[0]) }
        guard lines.count == 1, let first = lines.first?.first else { return nil }
        return Checksum(first)
    }

    /// Reads GitHub's description of a release.
    static func inDescription(_ json: [UInt8], of name: String) -> Checksum? {
        struct Description: Decodable {
            struct Asset: Decodable {
                let name: String
                let digest: String?
            }
            let assets: [Asset]
        }
        let description = try? JSONDecoder().decode(Description.self, from: Data(json))
        guard let digest = description?.assets.first(where: { $0.name == name })?.digest, digest.hasPrefix("sha256:") else {
            return nil
        }
        return Checksum(digest.dropFirst("sha256:".count))
    }
}
