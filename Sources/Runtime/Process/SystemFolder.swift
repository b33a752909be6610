#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The folders of the system.
package enum SystemFolder {
    /// The folder for temporary files.
    package static var temporary: String {
        guard let variable = getenv("TMPDIR").map({ String(cString: $0) }), !variable.isEmpty else { return "/tmp" }
        return variable.count > 1 && variable.hasSuffix("/") ? String(variable.dropLast()) : variable
    }
}
