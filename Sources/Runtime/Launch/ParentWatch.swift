import CProcess
import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Watches the process that started this one.
///
/// Nothing else tells a process of RoadRunner's `service` plugin that RoadRunner was killed: it would go on, unsupervised, and keep
/// the address that the next RoadRunner's process wants.
package enum ParentWatch {
    /// How often the parent is looked at where the system has no descriptor for it, in milliseconds.
    private static let interval: CInt = 500

    /// The process that started this one; read it early, since another one adopts a process whose parent has ended.
    package static func parent() -> Int32 { getppid() }

    /// Calls `ended` on a thread of its own once the parent has ended, at once if it had before.
    package static func start(_ parent: Int32, ended: @escaping @Sendable () -> Void) {
        LoopThread.start(name: "rr-parent") {
            if !Self.isAbandoned(standardError: 2) { Self.waitForEnd(of: parent) }
            ended()
        }
    }

    /// Whether nobody reads what this process writes: its parent had ended before the process could see which one it was.
    package static func isAbandoned(standardError descriptor: CInt) -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: 0, revents: 0)]
        guard (try? SystemCall.poll(&descriptors, milliseconds: 0)) ?? 0 > 0 else { return false }
        return descriptors[0].revents & Int16(POLLERR) != 0
    }

    private static func waitForEnd(of parent: Int32) {
        let descriptor = roadrunner_pidfd_open(parent)
        defer { SystemCall.closeDescriptor(descriptor) }
        if descriptor >= 0 {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            // The number may have become another process's before the descriptor was opened.
            while getppid() == parent {
                guard let count = try? SystemCall.poll(&descriptors, milliseconds: -1) else { break }
                if count > 0 { return }
            }
        }
        while getppid() == parent { Self.pause() }
    }

    private static func pause() {
        var none: [pollfd] = []
        _ = try? SystemCall.poll(&none, milliseconds: Self.interval)
    }
}
