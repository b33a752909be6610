import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension TestWorker {
    /// The resident memory of the process, in bytes; nil for kernels in this process, and where the system does not report it (only
    /// Linux does, in `/proc`).
    public var residentMemory: Int? { self.processID.flatMap { Self.status("VmRSS", $0) } }

    /// The maximum of its resident memory.
    public var peakResidentMemory: Int? { self.processID.flatMap { Self.status("VmHWM", $0) } }

    /// - Parameter key: a line of `/proc/PID/status`.
    package static func status(_ key: String, _ pid: Int32) -> Int? {
        let descriptor = open("/proc/\(pid)/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { SystemCall.closeDescriptor(descriptor) }
        let text = withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
            guard case .bytes(let count) = SystemCall.read(descriptor, into: buffer) else { return "" }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
