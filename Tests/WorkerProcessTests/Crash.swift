import Foundation

/// The signals of the demo's crashes, and Swift's backtraces of them.
enum Crash {
    /// Most tests need no backtrace, which occupies all cores for seconds.
    static let withoutBacktrace = ["SWIFT_BACKTRACE": "enable=no"]

    #if arch(x86_64) || arch(i386)
    static let trap = SIGILL
    #else
    static let trap = SIGTRAP
    #endif

    static func name(of signal: Int32) -> String {
        switch signal {
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        default: "SIGSEGV"
        }
    }

    /// Swift's backtracer, if this process's runtime has one.
    static let backtracer: String? = {
        guard let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd(),
            let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first(where: {
                $0.contains("/libswiftCore.so")
            }),
            let path = line.firstMatch(of: /\/.*\/lib\/swift\//)
        else { return nil }
        let found = String(path.0).replacing("/lib/swift/", with: "/libexec/swift/linux/swift-backtrace")
        return FileManager.default.isExecutableFile(atPath: found) ? found : nil
    }()
}
