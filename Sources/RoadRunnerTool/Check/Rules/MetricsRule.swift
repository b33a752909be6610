/// The section `metrics`, and RoadRunner's log level for it.
struct MetricsRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        guard setup["metrics"] != nil else { return [] }
        var findings: [Finding] = []
        if let address = setup["metrics", "address"]?.text, HostPort(address) == nil {
            findings.append(
                .fault(
                    "metrics.address", "metrics.address is \"\(address)\": RoadRunner cannot listen there",
                    "write HOST:PORT, such as 127.0.0.1:2112"))
        }
        let level = setup["logs", "channels", "metrics", "level"]?.text ?? setup["logs", "level"]?.text ?? "debug"
        if level == "debug" {
            findings.append(
                .warning(
                    "metrics.log",
                    "RoadRunner logs each recorded metric, every second and for every worker (level debug)",
                    "add logs: { channels: { metrics: { level: error } } }"))
        }
        return findings.isEmpty
            ? [.good("metrics", "metrics are at \(setup["metrics", "address"]?.text ?? "127.0.0.1:2112")")] : findings
    }
}
