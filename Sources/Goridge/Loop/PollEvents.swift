#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The events of a descriptor.
package struct PollEvents: Sendable {
    let events: Int16

    /// Whether there is something to read, including the end or an error.
    package var isReadable: Bool { self.events & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0 }
    package var isWritable: Bool { self.events & Int16(POLLOUT) != 0 }
    /// Whether the other side is gone, or the descriptor is invalid.
    package var isBroken: Bool { self.events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 }
}
