package import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

package enum Environment {
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// That of this process, for programs that no RoadRunner has started and that nobody has told how to run.
    package static var withoutRoadRunner: [String: String] {
        var variables = ProcessInfo.processInfo.environment
        for key in ["RR_MODE", "RR_RELAY", "RR_RPC", "APP_RUNTIME", "APP_DEBUG", "APP_ENV", "LOG_LEVEL"] { variables[key] = nil }
        return variables
    }
}

/// The folder of this package.
package enum Checkout {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}

/// Executables of this package, which are built beside the tests.
package enum BuiltProducts {
    package static func path(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        #if canImport(Darwin)
        let path = CommandLine.arguments[0]
        _ = buffer
        #else
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #endif
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + name
    }
}
