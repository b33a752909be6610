/// The rules for everything that usually goes wrong.
enum Checkup {
    /// - Parameter boots: whether the program may be booted, to find the storages that it uses.
    static func rules(boots: Bool) -> [any Rule] {
        [
            RoadRunnerRule(), ConfigurationRule(), EnvironmentRule(), ProgramRule(), RelayRule(), RuntimeRule(),
            ServedRule(boots: boots), HTTPRule(), PoolRule(), RPCRule(), StorageRule(), MetricsRule(), KeyFileRule(), PortRule(),
        ]
    }

    static func run(_ setup: Setup, boots: Bool) async -> [Finding] {
        var findings: [Finding] = []
        for rule in Self.rules(boots: boots) { findings += await rule.findings(setup) }
        return findings
    }
}
