/// The value of RoadRunner's `RR_MODE`: the plugin that started the process.
public struct WorkerMode: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The mode of the `http` plugin.
    public static let http = WorkerMode(rawValue: "http")
    /// The mode of the `centrifuge` plugin: events of Centrifugo.
    public static let centrifuge = WorkerMode(rawValue: "centrifuge")

    public var description: String { self.rawValue }
}
