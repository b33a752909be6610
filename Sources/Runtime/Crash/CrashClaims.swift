import Goridge
package import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Claims the crash files of earlier processes: renames each, so that no other process claims it, logs one line that names it, and
/// reports it.
package struct CrashClaims: Sendable {
    private let logger: Logger
    private let events: LifecycleEventDispatcher

    package init(logger: Logger, events: LifecycleEventDispatcher) {
        self.logger = logger
        self.events = events
    }

    /// Begins on a separate thread, if there is something to claim: a file is complete only once the backtracer that writes it has
    /// ended.
    package func begin(in folders: [CrashFolder]) {
        for folder in folders { folder.prune() }
        let files = folders.flatMap { folder in folder.unclaimed.map { (folder, $0) } }
        guard !files.isEmpty else { return }
        LoopThread.start(name: "rr-crashes") {
            for (folder, name) in files {
                guard let crash = Self.claim(name, in: folder) else { continue }
                Task { await self.report(crash) }
            }
        }
    }

    private func report(_ crash: WorkerCrash) async {
        let what = crash.backtrace.isEmpty ? "a report without a backtrace" : "its backtrace"
        self.logger.error("a process before this one \(crash.summary); \(what) is in \(crash.file)")
        await self.events.exceptionThrown(crash, phase: .crash, request: crash.request)
    }

    /// Waits until the file is complete, and claims it.
    ///
    /// - Returns: the crash; nil when another process has claimed the file, or when it is not a crash file.
    private static func claim(_ name: String, in folder: CrashFolder) -> WorkerCrash? {
        let path = "\(folder.path)/\(name)"
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { SystemCall.closeDescriptor(descriptor) }
        guard let status = try? FileStatus(descriptor: descriptor), status.isRegular, status.owner == geteuid() else {
            return nil
        }
        // All processes that write to the file hold the lock. Where there are no locks, the file is taken as it is.
        while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
        let text = Self.contents(descriptor)
        // A file that was just created has no line yet.
        guard !text.isEmpty else { return nil }
        let claimed = "\(folder.path)/\(name.dropLast(".new".count)).log"
        guard rename(path, claimed) == 0 else { return nil }
        return WorkerCrash(text, file: claimed)
    }

    private static func contents(_ descriptor: CInt) -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: WorkerCrash.maximumSize) { buffer, count in
            while count < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                guard case .bytes(let more) = SystemCall.read(descriptor, into: rest), more > 0 else { return }
                count += more
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
