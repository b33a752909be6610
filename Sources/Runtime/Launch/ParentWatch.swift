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
/// A process of RoadRunner's `service` plugin does not notice otherwise that RoadRunner was killed: it would run on, unsupervised,
/// and keep the address that the next RoadRunner's process needs.
package enum ParentWatch {
    /// The interval at which the parent is checked where the system has no descriptor for it, in milliseconds.
    private static let interval: CInt = 500

    /// The process that started this one; read it early, since another one adopts a process whose parent has ended.
    package static func parent() -> Int32 { getppid() }

    /// Calls `ended` on a separate thread once the parent has ended, or at once if it had ended before.
    package static func start(_ parent: Int32, ended: @escaping @Sendable () -> Void) {
        LoopThread.start(name: "rr-parent") {
            if !Self.isAbandoned(standardError: 2) { Self.waitForEnd(of: parent) }
            ended()
        }
    }

    /// Whether nothing reads the output of this process: its parent ended before the process could identify it.
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
            // The pid may belong to another process by the time the descriptor was opened.
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
