import RoadRunnerConfiguration

/// `.rr.yaml` can be read, and RoadRunner accepts it.
struct ConfigurationRule: Rule {
    /// Plugins that need workers which this package does not have.
    private static let unserved = ["jobs", "grpc", "tcp", "temporal"]

    func findings(_ setup: Setup) async -> [Finding] {
        guard let configuration = setup.configuration else {
            let path = setup.configurationPath
            guard Paths.exists(path) else {
                return [
                    .fault(
                        "config.missing", "there is no \(path)",
                        "rr-swift init creates one; --config names another, and --package-path the project's folder")
                ]
            }
            return [.fault("config.unreadable", setup.configurationProblem ?? "\(path) cannot be read", "fix the file")]
        }
        var findings: [Finding] = []
        if let version = configuration["version"]?.string, version != "3" {
            findings.append(
                .warning(
                    "config.version", "\(setup.configurationName) has version \"\(version)\", and RoadRunner requires \"3\"",
                    "write version: \"3\""))
        }
        for name in Self.unserved where configuration[name] != nil {
            findings.append(
                .fault(
                    "config.unserved",
                    "\(setup.configurationName) has the section \(name), which needs workers that this package does not have",
                    "remove the section, or let another RoadRunner serve it"))
        }
        if setup.pools.isEmpty, setup.services.isEmpty {
            findings.append(
                .fault(
                    "config.empty", "\(setup.configurationName) has neither http, nor centrifuge, nor service: nothing is served",
                    "add the section http: { address: \"127.0.0.1:8080\", pool: { num_workers: 4 } }"))
        }
        return findings.isEmpty ? [.good("config", "\(setup.configurationName) is valid")] : findings
    }
}
