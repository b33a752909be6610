#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The events for which a descriptor is watched.
package struct PollInterest: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let read = PollInterest(rawValue: 1)
    package static let write = PollInterest(rawValue: 2)

    var events: Int16 {
        var events: Int16 = 0
        if self.contains(.read) { events |= Int16(POLLIN) }
        if self.contains(.write) { events |= Int16(POLLOUT) }
        return events
    }
}
