import RoadRunnerConfiguration
import RoadRunnerRuntime

/// The modes that the program serves are those that RoadRunner's configuration requires. The program itself is asked.
struct ServedRule: Rule {
    let boots: Bool

    func findings(_ setup: Setup) async -> [Finding] {
        guard setup.configuration != nil else { return [] }
        var findings: [Finding] = []
        if !setup.pools.isEmpty {
            findings += await self.ask(
                "the program", command: setup["server", "command"], variables: setup.workerVariables, in: setup
            ) { description in
                Self.modes(description, setup) + (self.boots ? Self.contents("the program", description, setup) : [])
            }
        }
        for service in setup.standaloneServices {
            let subject = "the program of the service \(service.name)"
            // Without RPC its storages are its own.
            let hasRPC = setup.serviceVariable("RR_RPC", service) != nil
            findings += await self.ask(
                subject, command: service.section["command"], variables: setup.serviceVariables(service), in: setup
            ) { description in
                guard !description.modes.isEmpty else {
                    return [
                        .fault(
                            "served.missing", "\(subject) serves nothing: it does not start",
                            "add a worker to `workers` of the kernel")
                    ]
                }
                return self.boots && hasRPC ? Self.contents(subject, description, setup) : []
            }
        }
        return findings
    }

    /// Asks a program for its description.
    private func ask(
        _ subject: String, command: ConfigurationValue?, variables: [String: String], in setup: Setup,
        _ findings: (ProgramDescription) -> [Finding]
    ) async -> [Finding] {
        // Only a program of this package understands the question: others may need arguments.
        let words = Setup.words(command)
        guard words.count == 1, let program = words.first.map(setup.path), Paths.isProgram(program) else { return [] }
        do {
            return findings(
                try await ProgramDescription.ask(program, variables: variables, directory: setup.folder, boots: self.boots))
        } catch {
            guard self.boots, error.code == .noDescription else {
                return [.skipped("served", "\(subject) cannot be asked for its modes: \(error)")]
            }
            return [.fault("served.boot", "\(subject) cannot be booted: \(error)", error.remedy ?? "run it alone: swift run")]
        }
    }

    private static func modes(_ description: ProgramDescription, _ setup: Setup) -> [Finding] {
        var findings: [Finding] = []
        let served = description.modes.map { "\"\($0)\"" }.joined(separator: ", ")
        for mode in setup.pools where !description.modes.contains(mode) {
            findings.append(
                .fault(
                    "served.missing",
                    "\(setup.configurationName) has the section \(mode), and the program serves \(served.isEmpty ? "nothing" : served): its workers do not start",
                    "add a worker for it to `workers` of the kernel, or remove the section"))
        }
        for mode in description.modes where ["http", "centrifuge"].contains(mode) && setup[mode] == nil {
            // The program of the service plugin serves HTTP itself.
            guard mode != "http" || setup.services.isEmpty else { continue }
            findings.append(
                .warning(
                    "served.unused", "the program serves \(mode), and \(setup.configurationName) has no such section",
                    "add the section \(mode)"))
        }
        return findings.isEmpty ? [.good("served", "the program serves \(served), as in \(setup.configurationName)")] : findings
    }

    private static func contents(_ subject: String, _ description: ProgramDescription, _ setup: Setup) -> [Finding] {
        var findings: [Finding] = []
        let configured = Array((setup["kv"]?.map ?? [:]).keys)
        // RoadRunner reads names in lower case.
        for storage in description.storages where !configured.contains(storage.name.lowercased()) {
            findings.append(
                .fault(
                    "served.storage",
                    "\(subject) uses the storage \"\(storage.name)\", which \(setup.configurationName) does not have",
                    "add kv: { \(storage.name): { driver: memory, config: {} } }"))
        }
        if !description.metrics.isEmpty, setup["metrics"] == nil {
            findings.append(
                .warning(
                    "served.metrics",
                    "\(subject) records metrics, but \(setup.configurationName) has no section metrics: they are dropped",
                    "add metrics: { address: \"127.0.0.1:2112\" }"))
        }
        for warning in description.warnings {
            findings.append(
                .warning("served.warning", "\(subject) logs a warning while it boots: \(warning)", "see the warning"))
        }
        return findings.isEmpty ? [.good("served.storages", "\(subject) boots, and its storages are configured")] : findings
    }
}
