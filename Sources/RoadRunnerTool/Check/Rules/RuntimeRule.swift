import RoadRunnerConfiguration

/// `APP_RUNTIME` is possible for the process.
struct RuntimeRule: Rule {
    /// Runtimes for workers of a pool.
    private static let pool = ["roadrunner", "shared"]

    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        if !setup.pools.isEmpty, let runtime = setup.workerVariable("APP_RUNTIME") {
            let debugPools = setup.pools.filter { setup.isDebugPool($0) }
            if runtime.value == "shared", !debugPools.isEmpty {
                let keys = debugPools.map { "\($0).pool.debug" }.joined(separator: " and ")
                findings.append(
                    .fault(
                        "runtime.shared",
                        """
                        APP_RUNTIME is shared (in \(runtime.source)), which needs a pool of long-lived workers, and with \(keys) \
                        RoadRunner starts one for each request: workers do not start
                        """,
                        "set APP_RUNTIME: roadrunner in server.env, or remove \(keys)"))
            } else if Self.pool.contains(runtime.value) {
                findings.append(.good("runtime", "APP_RUNTIME is \(runtime.value), which serves a pool"))
            } else if runtime.value == "standalone" {
                findings.append(
                    .fault(
                        "runtime.standalone",
                        "APP_RUNTIME is standalone (in \(runtime.source)): workers of a pool do not start with it",
                        "remove it: RoadRunner's RR_MODE suffices; or start the program with the service plugin"))
            } else {
                findings.append(
                    .fault(
                        "runtime.unknown",
                        "APP_RUNTIME is \"\(runtime.value)\" (in \(runtime.source)), which cannot serve a pool",
                        "remove it: RoadRunner's RR_MODE suffices"))
            }
        }
        for service in setup.ownServices {
            guard let runtime = setup.serviceVariable("APP_RUNTIME", service), runtime.value != "standalone" else { continue }
            findings.append(
                .fault(
                    "runtime.service",
                    "the service \(service.name) has APP_RUNTIME=\(runtime.value) (in \(runtime.source)): no pool started it",
                    "set APP_RUNTIME: standalone in service.\(service.name).env"))
        }
        for service in setup.standaloneServices { findings += Self.standalone(service, setup) }
        return findings
    }

    private static func standalone(_ service: Setup.Service, _ setup: Setup) -> [Finding] {
        var findings: [Finding] = []
        if let count = service.section["process_num"]?.number, count > 1,
            setup.serviceVariable("HTTP_PORT", service)?.value != "0" || setup.serviceVariable("HTTP_UNIX_SOCKET", service) != nil
        {
            findings.append(
                .fault(
                    "runtime.processes",
                    "service.\(service.name).process_num is \(count), and all of them would listen on one address: one starts",
                    "set process_num: 1; a standalone process uses all cores"))
        }
        if setup.serviceVariable("APP_EXIT_WITH_PARENT", service)?.value.lowercased() != "true" {
            findings.append(
                .warning(
                    "runtime.orphan", "the service \(service.name) keeps running, and keeps its port, when RoadRunner is killed",
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
