#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that is removed when it is no longer used.
final class TemporaryFile: Sendable {
    let path: String

    init(path: String) { self.path = path }

    deinit { unlink(self.path) }
}
