/// The format of log lines.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// Lines for people: time, level, message, metadata.
    case text
    /// Lines for programs: one JSON object each.
    case json
}
