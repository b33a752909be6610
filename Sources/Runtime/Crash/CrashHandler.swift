import CProcess
import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Answers a crash at once: one line tells of it, and the relay ends, before Swift's backtracer takes its seconds.
///
/// The handler itself is C, in `CProcess`, since it runs where nothing of Swift may. The backtrace is a file, which the next process
/// takes over: see ``CrashClaims``.
enum CrashHandler {
    /// From now on fatal signals are handled, by what handled them before as well.
    static func install(_ options: RuntimeOptions, mode: WorkerMode?, _ folders: (first: CrashFolder, fallback: CrashFolder)) {
        let mode = mode?.rawValue ?? options.runtime ?? "standalone"
        guard roadrunner_crash_install(String(mode.prefix(60)), ExchangeID.high, folders.first.path, folders.fallback.path) != 0
        else { return }
        Launcher.report("crashes are not handled: CRASH_LOG_DIR or the temporary directory has a path that is too long")
    }

    /// Sets the descriptors that a crash closes.
    static func use(_ relay: RelayDescriptors) { roadrunner_crash_set_relay(relay.output) }
}
