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

    fileprivate var events: Int16 {
        var events: Int16 = 0
        if self.contains(.read) { events |= Int16(POLLIN) }
        if self.contains(.write) { events |= Int16(POLLOUT) }
        return events
    }
}

/// The events of a descriptor.
package struct PollEvents: Sendable {
    fileprivate let events: Int16

    /// Whether there is something to read, including the end or an error.
    package var isReadable: Bool { self.events & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0 }
    package var isWritable: Bool { self.events & Int16(POLLOUT) != 0 }
    /// Whether the other side is gone, or the descriptor is invalid.
    package var isBroken: Bool { self.events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 }
}

package protocol PollHandler: AnyObject {
    func descriptorReady(_ descriptor: CInt, _ events: PollEvents)
}

/// The descriptors of a loop. There are a handful at most, so a lookup is a short scan.
struct PollSet {
    private var descriptors: [pollfd] = []
    private var handlers: [(any PollHandler)?] = []
    /// Whether descriptors were added or removed since the last wait.
    private(set) var hasChanged = false

    var count: Int { self.descriptors.count }

    mutating func add(_ descriptor: CInt, interest: PollInterest, handler: (any PollHandler)?) {
        self.descriptors.append(pollfd(fd: descriptor, events: interest.events, revents: 0))
        self.handlers.append(handler)
        self.hasChanged = true
    }

    mutating func set(_ descriptor: CInt, interest: PollInterest) {
        guard let index = self.index(of: descriptor) else { return }
        self.descriptors[index].events = interest.events
    }

    mutating func remove(_ descriptor: CInt) {
        guard let index = self.index(of: descriptor) else { return }
        self.descriptors.remove(at: index)
        self.handlers.remove(at: index)
        self.hasChanged = true
    }

    func isReadable(_ descriptor: CInt) -> Bool {
        guard let index = self.index(of: descriptor) else { return false }
        return PollEvents(events: self.descriptors[index].revents).isReadable
    }

    private func index(of descriptor: CInt) -> Int? {
        self.descriptors.firstIndex { $0.fd == descriptor }
    }

    mutating func wait(milliseconds: CInt) -> Int {
        self.hasChanged = false
        // Only a bad address or too many descriptors can fail here; then there is nothing to dispatch.
        return (try? SystemCall.poll(&self.descriptors, milliseconds: milliseconds)) ?? 0
    }

    /// Returns the events that the last wait found at `index`.
    func ready(at index: Int) -> (CInt, PollEvents, any PollHandler)? {
        guard index < self.descriptors.count else { return nil }
        let entry = self.descriptors[index]
        guard entry.revents != 0, let handler = self.handlers[index] else { return nil }
        return (entry.fd, PollEvents(events: entry.revents), handler)
    }
}
