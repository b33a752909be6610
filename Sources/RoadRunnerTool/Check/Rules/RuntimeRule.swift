import RoadRunnerConfiguration

/// `APP_RUNTIME` is one that the process can have.
struct RuntimeRule: Rule {
    /// Runtimes for workers of a pool.
    private static let pool = ["roadrunner", "shared"]

    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        if !setup.pools.isEmpty, let runtime = setup.workerVariable("APP_RUNTIME") {
            if Self.pool.contains(runtime.value) {
                findings.append(.good("runtime", "APP_RUNTIME is \(runtime.value), which serves a pool"))
            } else if runtime.value == "standalone" {
                findings.append(
                    .fault(
                        "runtime.standalone",
                        "APP_RUNTIME is standalone (in \(runtime.source)): a worker of a pool does not start with it",
                        "remove it: RoadRunner's RR_MODE says enough; or start the program by the service plugin"))
            } else {
                findings.append(
                    .fault(
                        "runtime.unknown",
                        "APP_RUNTIME is \"\(runtime.value)\" (in \(runtime.source)), which no pool can be served with",
                        "remove it: RoadRunner's RR_MODE says enough"))
            }
        }
        for service in setup.services { findings += Self.service(service, setup) }
        return findings
    }

    private static func service(
        _ service: (name: String, section: ConfigurationValue), _ setup: Setup
    ) -> [Finding] {
        // Other programs can be services as well.
        guard let runtime = setup.serviceVariable("APP_RUNTIME", service) else { return [] }
        guard runtime.value == "standalone" else {
            return [
                .fault(
                    "runtime.service",
                    "the service \(service.name) has APP_RUNTIME=\(runtime.value) (in \(runtime.source)): nobody is its pool",
                    "set APP_RUNTIME: standalone in service.\(service.name).env")
            ]
        }
        var findings: [Finding] = []
        if setup.serviceVariable("APP_EXIT_WITH_PARENT", service)?.value.lowercased() != "true" {
            findings.append(
                .warning(
                    "runtime.orphan", "the service \(service.name) goes on when RoadRunner is killed, and keeps its port",
                    "set APP_EXIT_WITH_PARENT: \"true\" in service.\(service.name).env"))
        }
        if setup["kv"] != nil, setup.serviceVariable("RR_RPC", service) == nil {
            findings.append(
                .warning(
                    "runtime.storages",
                    "the service \(service.name) has no RR_RPC: its storages are in its own memory, not RoadRunner's",
                    "set RR_RPC: \(setup["rpc", "listen"]?.text ?? "tcp://127.0.0.1:6001") in service.\(service.name).env"))
        }
        return findings
    }
}
