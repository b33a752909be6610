#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How log lines look.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// For people: time, level, message, metadata.
    case text
    /// For programs: one JSON object a line.
    case json
}
