import RoadRunnerConfiguration

/// The section `kv`: RoadRunner makes the storages, and reaches their servers.
struct StorageRule: Rule {
    private static let drivers = ["memory", "boltdb", "redis", "memcached"]

    func findings(_ setup: Setup) async -> [Finding] {
        // One that says nothing is gone from what RoadRunner's plug-ins see.
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
                    "kv.driver", "the storage \(name) has no driver: RoadRunner ends at its start",
                    "add driver: memory to kv.\(name), or another of \(Self.drivers.joined(separator: ", "))")
            ]
        }
        guard Self.drivers.contains(driver) else {
            return [
                .fault(
                    "kv.driver",
                    "the storage \(name) has the driver \"\(driver)\", which RoadRunner does not have: there is no such storage",
                    "there are \(Self.drivers.joined(separator: ", "))")
            ]
        }
        // Where a storage has no configuration, a section of its name at the top level is taken.
        let isConfigured = setup.configuration?.written["kv"]?[name]?["config"] != nil || setup["include"] != nil
        guard let configuration = section["config"] ?? setup[name] ?? (isConfigured ? .map([:]) : nil) else {
            return [
                .fault("kv.config", "the storage \(name) has no config: RoadRunner leaves it out", "add config: {} to kv.\(name)")
            ]
        }
        switch driver {
        case "boltdb":
            let file = configuration["file"]?.text ?? "rr.db"
            guard Paths.isFolder(Paths.folder(of: setup.path(file))) else {
                return [
                    .fault(
                        "kv.folder",
                        "the storage \(name) is in \(file), whose folder does not exist: RoadRunner ends at its start",
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
                            "kv.unreachable", "the storage \(name) is at \(text), where nobody answers: its calls will fail",
                            "start \(driver), or mend kv.\(name).config.\(driver == "redis" ? "addrs" : "addr")")
                    ]
                }
            }
        default: break
        }
        return [.good("kv", "the storage \(name) is one that RoadRunner makes (\(driver))")]
    }
}
