import CProcess

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The thread-local key of the loop that the current thread runs.
enum LoopKey {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static var current: UnsafeMutableRawPointer? {
        get { pthread_getspecific(self.key) }
        set { pthread_setspecific(self.key, newValue) }
    }
}
