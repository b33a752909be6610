import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reports when the program itself calls `exit` while the runtime serves.
///
/// RoadRunner only reports that the relay of such a worker has ended, but not why.
package enum UnexpectedExit {
    private static let isServing = Atomic(false)
    private static let registered: Bool = {
        atexit {
            guard UnexpectedExit.isServing.load(ordering: .acquiring) else { return }
            Launcher.report(
                """
                the program called exit while it was serving: requests in flight get no response from it, and its services were \
                not stopped
                """)
        } == 0
    }()

    /// Starts the watch: from now on an `exit` is unexpected.
    package static func watch() { if self.registered { self.isServing.store(true, ordering: .releasing) } }

    /// Ends the watch: the runtime has ended, and exits itself.
    static func endWatch() { self.isServing.store(false, ordering: .releasing) }
}
