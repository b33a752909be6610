import RoadRunnerConfiguration
import RoadRunnerRuntime

/// The modes that the program serves are those that RoadRunner's configuration requires. The program itself is asked.
struct ServedRule: Rule {
    let boots: Bool

    func findings(_ setup: Setup) async -> [Finding] {
        guard setup.configuration != nil, !setup.pools.isEmpty else { return [] }
        // Only a program of this package understands the question: others may need arguments.
        let words = ProgramRule.words(setup["server", "command"])
        guard words.count == 1, let program = words.first.map(setup.path), Paths.isProgram(program) else { return [] }
        let description: ProgramDescription
        do {
            description = try await ProgramDescription.ask(
                program, variables: setup.workerVariables, directory: setup.folder, boots: self.boots)
        } catch {
            guard self.boots, error.code == .noDescription else {
                return [.skipped("served", "the program cannot be asked for its modes: \(error)")]
            }
            return [.fault("served.boot", "the program cannot be booted: \(error)", error.remedy ?? "run it alone: swift run")]
        }
        return Self.modes(description, setup) + (self.boots ? Self.contents(description, setup) : [])
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

    private static func contents(_ description: ProgramDescription, _ setup: Setup) -> [Finding] {
        var findings: [Finding] = []
        let configured = Array((setup["kv"]?.map ?? [:]).keys)
        // RoadRunner reads names in lower case.
        for storage in description.storages where !configured.contains(storage.name.lowercased()) {
            findings.append(
                .fault(
                    "served.storage",
                    "the program uses the storage \"\(storage.name)\", which \(setup.configurationName) does not have",
                    "add kv: { \(storage.name): { driver: memory, config: {} } }"))
        }
        if !description.metrics.isEmpty, setup["metrics"] == nil {
            findings.append(
                .warning(
                    "served.metrics",
                    "the program records metrics, but \(setup.configurationName) has no section metrics: they are dropped",
                    "add metrics: { address: \"127.0.0.1:2112\" }"))
        }
        for warning in description.warnings {
            findings.append(
                .warning("served.warning", "the program logs a warning while it boots: \(warning)", "see the warning"))
        }
        return findings.isEmpty ? [.good("served.storages", "the program boots, and its storages are configured")] : findings
    }
}
