#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The format of log lines.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// Lines for people: time, level, message, metadata.
    case text
    /// Lines for programs: one JSON object each.
    case json
}
