import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The environment of the process, as reports describe it (Sentry's developer documentation, "Contexts").
struct SentryContexts: Encodable, Sendable {
    struct Runtime: Encodable, Sendable {
        let name = "Swift"
        let version: String
    }

    struct OperatingSystem: Encodable, Sendable {
        let name: String
        let kernel_version: String
    }

    struct SDK: Encodable, Sendable {
        let name = "roadrunner-swift"
        let version = PackageVersion.current
    }

    let runtime: Runtime
    let os: OperatingSystem

    /// The contexts of this process, which never change.
    static let current = SentryContexts()

    private init() {
        self.runtime = Runtime(version: _SwiftStdlibVersion.current.description)
        var names = utsname()
        uname(&names)
        self.os = OperatingSystem(name: Self.text(names.sysname), kernel_version: Self.text(names.release))
    }

    /// The name of this computer, if it has one.
    static let hostName: String? = {
        var name: [CChar] = Array(repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return nil }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }()

    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
