/// Whether informational responses are sent before the final one.
public enum InformationalPolicy: String, Sendable, Hashable, CaseIterable {
    /// Where they do no harm: not with RoadRunner up to 2025, which loses the final status after them.
    case automatic = "auto"
    /// Everywhere.
    case always
    /// Nowhere.
    case never
}
