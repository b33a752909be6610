#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A system call that failed.
public struct SystemCallError: RoadRunnerError, Hashable {
    /// The name of the system call, as in the manual.
    public let call: String
    /// The value of `errno`.
    public let errno: CInt
    /// The value of `errno`.
    public var code: CInt { self.errno }

    package init(_ call: String, errno: CInt) {
        self.call = call
        self.errno = errno
    }

    public var description: String {
        "\(self.call): \(self.reason) (errno \(self.errno))"
    }

    /// The system's text for ``errno``.
    package var reason: String { String(cString: strerror(self.errno)) }
}
