import RoadRunnerConfiguration

/// The section `kv`: RoadRunner can create the storages, and reach their servers.
struct StorageRule: Rule {
    private static let drivers = ["memory", "boltdb", "redis", "memcached"]

    func findings(_ setup: Setup) async -> [Finding] {
        // A storage without contents is missing in the configuration that RoadRunner's plugins see.
        let storages = (setup.configuration?.written["kv"]?.map ?? [:]).mapValues { _ in ConfigurationValue.map([:]) }
            .merging(setup["kv"]?.map ?? [:]) { _, seen in seen }
        var findings: [Finding] = []
        for (name, section) in storages.sorted(by: { $0.key < $1.key }) {
            findings += await Self.findings(name, section, setup)
        }
        return findings
    }

    private static func findings(_ name: String, _ section: ConfigurationValue, _ setup: Setup) async -> [Finding] {
        guard let driver = section["driver"]?.text else {
            return [
                .fault(
                    "kv.driver", "the storage \(name) has no driver: RoadRunner exits at startup",
                    "add driver: memory to kv.\(name), or another of \(Self.drivers.joined(separator: ", "))")
            ]
        }
        guard Self.drivers.contains(driver) else {
            return [
                .fault(
                    "kv.driver",
                    "the storage \(name) has the driver \"\(driver)\", which RoadRunner does not have: the storage will be missing",
                    "use one of \(Self.drivers.joined(separator: ", "))")
            ]
        }
        // A storage without a configuration uses a top-level section of its name.
        let isConfigured = Self.value(setup.configuration?.written["kv"]?[name]?["config"]) != nil || setup["include"] != nil
        let found = Self.value(section["config"]) ?? Self.value(setup[name])
        guard let configuration = found ?? (isConfigured ? .map([:]) : nil) else { return [Self.unconfigured(name, driver)] }
        switch driver {
        case "boltdb":
            let file = configuration["file"]?.text ?? "rr.db"
            guard Paths.isFolder(Paths.folder(of: setup.path(file))) else {
                return [
                    .fault(
                        "kv.folder",
                        "the storage \(name) is in \(file), whose folder does not exist: RoadRunner exits at startup",
                        "mkdir -p \(Paths.folder(of: setup.path(file)))")
                ]
            }
        case "redis", "memcached":
            let preset = driver == "redis" ? "127.0.0.1:6379" : "127.0.0.1:11211"
            let listed = (configuration["addrs"] ?? configuration["addr"])?.list?.compactMap(\.text) ?? []
            for text in listed.isEmpty ? [preset] : listed {
                guard let address = HostPort(text), await Sockets.accepts(address) else {
                    return [
                        .fault(
                            "kv.unreachable", "the storage \(name) is at \(text), where nothing answers: its calls will fail",
                            "start \(driver), or fix kv.\(name).config.\(driver == "redis" ? "addrs" : "addr")")
                    ]
                }
            }
        default: break
        }
        return [.good("kv", "the storage \(name) is valid (\(driver))")]
    }

    /// To RoadRunner a key without a value is missing.
    private static func value(_ value: ConfigurationValue?) -> ConfigurationValue? { value == .null ? nil : value }

    private static func unconfigured(_ name: String, _ driver: String) -> Finding {
        let remedy = "add config: {} to kv.\(name)"
        guard driver == "memory" else {
            return .fault("kv.config", "the storage \(name) has no config: RoadRunner exits at startup", remedy)
        }
        return .warning(
            "kv.config", "the storage \(name) has no config: RoadRunner warns about it, and uses the driver's defaults", remedy)
    }
}
