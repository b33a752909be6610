/// What a program is made of, for those who look at it from outside. `APP_RUNTIME=describe` prints it as JSON.
public struct KernelDescription: Sendable, Hashable, Codable {
    /// Whether workers that are made now should remember their routes: the kernel will be described, or pages of errors list them.
    @TaskLocal package static var wantsRoutes = false

    /// A route of a mode: a method and a path, or a kind of event and a channel.
    public struct Route: Sendable, Hashable, Codable {
        /// `GET`, or `subscribe`.
        public let kind: String
        /// `/users/{id}`, or `chat:*`; nil for those that see everything of their kind.
        public let pattern: String?

        /// A route of these.
        public init(kind: String, pattern: String?) {
            self.kind = kind
            self.pattern = pattern
        }
    }

    /// The routes of one mode.
    public struct Table: Sendable, Hashable, Codable {
        /// The mode that they belong to.
        public let mode: String
        /// In the order in which they are asked, where that matters.
        public let routes: [Route]

        /// The routes of a mode.
        public init(mode: WorkerMode, routes: [Route]) {
            self.mode = mode.rawValue
            self.routes = routes
        }
    }

    /// A key-value storage.
    public struct Storage: Sendable, Hashable, Codable {
        /// As in the section `kv` of `.rr.yaml`.
        public let name: String
        /// What its keys begin with.
        public let prefix: String
        /// Whether its values are encrypted, or otherwise wrapped.
        public let isSealed: Bool

        /// A storage of these.
        public init(name: String, prefix: String, isSealed: Bool) {
            self.name = name
            self.prefix = prefix
            self.isSealed = isSealed
        }
    }

    /// A metric.
    public struct Metric: Sendable, Hashable, Codable {
        /// As on the Prometheus page.
        public let name: String
        /// `counter`, `gauge` or `histogram`.
        public let kind: String
        /// The names of its labels.
        public let labels: [String]

        /// A metric of these.
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
    /// Whether the kernel was built. Otherwise only its type was looked at, and the rest is empty.
    public var isBooted = false
    /// The routes, by mode.
    public var tables: [Table] = []
    /// The storages, in the order in which the kernel has asked for them.
    public var storages: [Storage] = []
    /// The metrics that are known after the boot, by name. Others may come with their first use.
    public var metrics: [Metric] = []
    /// The types of the services, in the order in which they are started.
    public var services: [String] = []
    /// The lines of level warning and above that were logged while the kernel was built.
    public var warnings: [String] = []

    /// Nothing is known yet.
    public init() {}
}
