import RoadRunnerRuntime

extension TestWorker {
    /// The resident memory of the process, in bytes; nil for kernels in this process, and where the system does not report it (only
    /// Linux does, in `/proc`).
    public var residentMemory: Int? { self.processID.flatMap { Self.status("VmRSS", $0) } }

    /// The maximum of its resident memory.
    public var peakResidentMemory: Int? { self.processID.flatMap { Self.status("VmHWM", $0) } }

    /// - Parameter key: a line of `/proc/PID/status`.
    package static func status(_ key: String, _ pid: Int32) -> Int? {
        guard let bytes = try? SmallFile.bytes(of: "/proc/\(pid)/status", upTo: 64 * 1024) else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
