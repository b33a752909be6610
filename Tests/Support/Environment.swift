#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

package enum Environment {
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
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
