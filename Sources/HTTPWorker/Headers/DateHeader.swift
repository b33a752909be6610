import RoadRunnerRuntime
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The value of the `Date` header, recreated once a second.
package final class DateHeader: Sendable {
    private struct Cached {
        var second = 0
        var text = ""
    }

    private let cached = Mutex(Cached())

    package init() {}

    package var value: String {
        let now = time(nil)
        return self.cached.withLock { cached in
            if cached.second != now {
                cached.second = now
                cached.text = HTTPDate.format(now)
            }
            return cached.text
        }
    }
}
