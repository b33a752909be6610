/// A release of RoadRunner for one system.
struct Release: Sendable, Hashable {
    /// The version that this package is tested with.
    static let testedVersion = "2025.1.15"
    /// The location of RoadRunner's releases.
    static let gitHub = "https://github.com/roadrunner-server/roadrunner/releases/download"

    let version: String
    let platform: Platform
    /// The location of releases, without a slash at its end.
    let baseURL: String

    /// - Parameter version: with or without a leading `v`.
    init(version: String, platform: Platform, baseURL: String) throws(ToolError) {
        let version = version.utf8.first == UInt8(ascii: "v") ? String(version.dropFirst()) : version
        // It becomes part of URLs and paths.
        guard !version.isEmpty, version.utf8.allSatisfy({ Self.versionBytes.contains($0) }),
            version.utf8.first != UInt8(ascii: ".")
        else {
            throw ToolError(.noSuchRelease, "\"\(version)\" is not a version", remedy: "write one like \(Self.testedVersion)")
        }
        guard baseURL.hasPrefix("https://") || baseURL.hasPrefix("http://") else {
            throw ToolError(.invalidAddress, "the base URL \"\(baseURL)\" must begin with https:// or http://")
        }
        self.version = version
        self.platform = platform
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    }

    private static let versionBytes = Set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-".utf8)

    /// The archive's name without its extension; also that of the folder in it.
    var name: String { "roadrunner-\(self.version)-\(self.platform)" }

    /// The archive's URL.
    var archiveURL: String { "\(self.baseURL)/v\(self.version)/\(self.name).tar.gz" }

    /// The possible URL of its checksum: a text that begins with it.
    var checksumURL: String { "\(self.archiveURL).sha256" }

    /// The URL of GitHub's description of the release; nil for other servers.
    var descriptionURL: String? {
        self.baseURL == Self.gitHub
            ? "https://api.github.com/repos/roadrunner-server/roadrunner/releases/tags/v\(self.version)" : nil
    }
}
