import CProcess

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

package enum LoopThread {
    private final class Start {
        let name: String
        let body: () -> Void
        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    #if !canImport(Glibc)
    /// The stack is as large as the main thread's, since handlers run here.
    private static let stackSize = 8 * 1024 * 1024
    #endif

    package static func start(name: String, _ body: @escaping () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        #if canImport(Glibc)
        // The default stack is the main thread's.
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, { Self.entry($0) }, start)
        if result == 0 { pthread_detach(thread) }
        #else
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, self.stackSize)
        #if canImport(Darwin)
        var thread: pthread_t?
        let result = pthread_create(&thread, &attributes, { Self.entry($0) }, start)
        #else
        var thread: pthread_t?
        let result = pthread_create(&thread, &attributes, { Self.entry($0) }, start)
        #endif
        pthread_attr_destroy(&attributes)
        #endif
        // Without its thread nothing works; the system is out of threads or memory.
        precondition(result == 0, "could not start the thread \(name): errno \(result)")
    }

    private static func entry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        Self.setName(start.name)
        roadrunner_use_signal_stack()
        start.body()
        return nil
    }

    private static func setName(_ name: String) {
        #if canImport(Darwin)
        pthread_setname_np(name)
        #else
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        SystemCall.writeAll(descriptor, name)
        SystemCall.closeDescriptor(descriptor)
        #endif
    }
}
