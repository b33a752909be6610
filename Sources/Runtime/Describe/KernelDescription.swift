/// A description of a program for tools. `APP_RUNTIME=describe` prints it as JSON.
public struct KernelDescription: Sendable, Hashable, Codable {
    /// Whether workers that are created now must remember their routes, for a description of the kernel or for error pages.
    @TaskLocal package static var wantsRoutes = false

    /// A route of a mode: a method and a path, or a kind of event and a channel.
    public struct Route: Sendable, Hashable, Codable {
        /// The kind of the route, such as `GET` or `subscribe`.
        public let kind: String
        /// The pattern, such as `/users/{id}` or `chat:*`; nil for a route that matches everything of its kind.
        public let pattern: String?

        /// Creates a route.
        public init(kind: String, pattern: String?) {
            self.kind = kind
            self.pattern = pattern
        }
    }

    /// The routes of one mode.
    public struct Table: Sendable, Hashable, Codable {
        /// The mode of the routes.
        public let mode: String
        /// The routes, in the order in which they are tried, if that matters.
        public let routes: [Route]

        /// The routes of a mode.
        public init(mode: WorkerMode, routes: [Route]) {
            self.mode = mode.rawValue
            self.routes = routes
        }
    }

    /// A key-value storage.
    public struct Storage: Sendable, Hashable, Codable {
        /// The storage's name in the section `kv` of `.rr.yaml`.
        public let name: String
        /// The prefix of its keys.
        public let prefix: String
        /// Whether its values are encrypted, or otherwise wrapped.
        public let isSealed: Bool

        /// Creates a storage.
        public init(name: String, prefix: String, isSealed: Bool) {
            self.name = name
            self.prefix = prefix
            self.isSealed = isSealed
        }
    }

    /// A metric.
    public struct Metric: Sendable, Hashable, Codable {
        /// The metric's name on the Prometheus page.
        public let name: String
        /// The kind of metric: `counter`, `gauge` or `histogram`.
        public let kind: String
        /// The names of its labels.
        public let labels: [String]

        /// Creates a metric.
        public init(name: String, kind: String, labels: [String]) {
            self.name = name
            self.kind = kind
            self.labels = labels
        }
    }

    /// The kernel's type.
    public var kernel = ""
    /// The modes that it serves.
    public var modes: [String] = []
    /// Whether the kernel was built. Otherwise only its type was examined, and the rest is empty.
    public var isBooted = false
    /// The routes, by mode.
    public var tables: [Table] = []
    /// The storages, in the order in which the kernel asked for them.
    public var storages: [Storage] = []
    /// The metrics that are known after the boot, by name. Others may be added on first use.
    public var metrics: [Metric] = []
    /// The types of the services, in the order in which they are started.
    public var services: [String] = []
    /// The lines of level warning and above that were logged while the kernel was built.
    public var warnings: [String] = []

    /// Creates an empty description.
    public init() {}
}
