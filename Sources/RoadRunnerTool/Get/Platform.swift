/// A system with releases, as RoadRunner names it: `linux-amd64`.
struct Platform: Sendable, Hashable, CustomStringConvertible {
    static let known = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "freebsd-amd64"]

    let description: String

    init(_ name: String) throws(ToolError) {
        guard Self.known.contains(name) else {
            throw ToolError(
                .unsupportedPlatform, "RoadRunner has no releases for \"\(name)\"",
                remedy: "use one of \(Self.known.joined(separator: ", ")), or build RoadRunner from its sources")
        }
        self.description = name
    }

    /// The platform that this process runs on.
    static func current() throws(ToolError) -> Platform {
        try Platform("\(Self.system)-\(Self.architecture)")
    }

    private static var system: String {
        #if os(Linux)
        "linux"
        #elseif os(macOS)
        "darwin"
        #elseif os(FreeBSD)
        "freebsd"
        #else
        "other"
        #endif
    }

    private static var architecture: String {
        #if arch(x86_64)
        "amd64"
        #elseif arch(arm64)
        "arm64"
        #else
        "other"
        #endif
    }
}
