package import Configuration

/// The environment variables that RoadRunner's pools set for their workers.
package struct RelayEnvironment: Sendable, Hashable {
    /// `RR_MODE`; nil when the process was not started by a pool.
    package var mode: WorkerMode?
    /// `RR_RELAY`.
    package var relay: String?
    /// `RR_VERSION`.
    package var version: String?

    package init(mode: WorkerMode? = nil, relay: String? = nil, version: String? = nil) {
        self.mode = mode
        self.relay = relay
        self.version = version
    }

    package init(_ configuration: ConfigReader) {
        self.mode = configuration.text("rr.mode").map { WorkerMode(rawValue: $0) }
        self.relay = configuration.string(forKey: "rr.relay")
        self.version = configuration.string(forKey: "rr.version")
    }
}
