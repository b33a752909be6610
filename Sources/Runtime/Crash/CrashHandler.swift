import CProcess
import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Handles crashes at once: one line reports the crash, and the relay is closed, before Swift's backtracer runs for seconds.
///
/// The handler itself is written in C, in `CProcess`, since Swift code may not run in signal handlers. The backtrace is written to
/// a file, which the next process claims: see ``CrashClaims``.
enum CrashHandler {
    /// Installs handlers of fatal signals, which then call the handlers that were installed before.
    static func install(_ options: RuntimeOptions, mode: WorkerMode?, _ folders: (first: CrashFolder, fallback: CrashFolder)) {
        let mode = mode?.rawValue ?? options.runtime?.rawValue ?? "standalone"
        guard roadrunner_crash_install(String(mode.prefix(60)), ExchangeID.high, folders.first.path, folders.fallback.path) != 0
        else { return }
        Launcher.report("not handling crashes: the path of CRASH_LOG_DIR or of the temporary directory is too long")
    }

    /// Sets the descriptors that a crash closes.
    static func use(_ relay: RelayDescriptors) { roadrunner_crash_set_relay(relay.output) }
}
