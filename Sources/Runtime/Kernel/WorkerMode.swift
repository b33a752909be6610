/// The value of RoadRunner's `RR_MODE`: the plugin that started the process.
public struct WorkerMode: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The `http` plugin.
    public static let http = WorkerMode(rawValue: "http")
    /// The `centrifuge` plugin: events of Centrifugo.
    public static let centrifuge = WorkerMode(rawValue: "centrifuge")

    public var description: String { self.rawValue }
}
