import Foundation

/// How much memory a process has.
package enum ResidentMemory {
    /// In bytes; nil where the system does not tell.
    package static func of(_ pid: Int32) -> Int? { Self.value("VmRSS", pid) }

    /// The most that it ever had.
    package static func peak(of pid: Int32) -> Int? { Self.value("VmHWM", pid) }

    private static func value(_ key: String, _ pid: Int32) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
