/// Whether informational responses are sent before the final one.
public enum InformationalPolicy: String, Sendable, Hashable, CaseIterable {
    /// Sends them, except through RoadRunner up to 2025, which loses the final status after them.
    case automatic = "auto"
    /// Always sends them.
    case always
    /// Never sends them.
    case never
}
