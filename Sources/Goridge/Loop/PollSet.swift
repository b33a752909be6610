#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

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
