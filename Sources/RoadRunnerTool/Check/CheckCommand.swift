import ArgumentParser

/// `rr-swift check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with a set-up.",
        discussion: """
            Looks at what usually goes wrong, and says what to do: RoadRunner and its version, .rr.yaml by RoadRunner's own rules, the \
            program that it starts, APP_RUNTIME against the pool, the modes that are served against the plugins that are configured, RPC, \
            storages, key files, ports, metrics, middleware that undoes streaming, deadlines, the number of workers. RoadRunner need \
            not run.

            Variables are expanded from the environment of this command: start it as RoadRunner is started. The program is asked which \
            modes it serves, without booting it; with --boot it is booted, without serving, and asked for its storages as well.

            ✓ good   ! works, but not as one would want   ✗ does not work   - could not be looked at

            The exit code is 1 where there is a ✗, with --strict also where there is a !.
            """)

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("RoadRunner's configuration.", valueName: "file"))
    var configuration = ".rr.yaml"

    @Option(help: ArgumentHelp("The project's folder.", valueName: "folder"))
    var packagePath = "."

    @Flag(help: "Boot the program, and compare its storages and metrics with the configuration.")
    var boot = false

    @Flag(name: .shortAndLong, help: "Print only what is not good.")
    var quiet = false

    @Flag(help: "Fail for warnings as well.")
    var strict = false

    @Flag(help: "Print JSON: the findings, and how many there are of each kind.")
    var json = false

    private struct Report: Encodable {
        let faults: Int
        let warnings: Int
        let findings: [Finding]
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let project = surroundings.path(self.packagePath)
        let setup = await Setup.read(
            configuration: Paths.resolve(self.configuration, from: project), project: project, surroundings)
        let findings = await Checkup.run(setup, boots: self.boot)
        let faults = findings.count { $0.status == .fault }
        let warnings = findings.count { $0.status == .warning }
        if self.json {
            try surroundings.console.printJSON(Report(faults: faults, warnings: warnings, findings: findings))
        } else {
            self.print(findings, surroundings.console)
        }
        if faults > 0 || self.strict && warnings > 0 { throw ExitCode(1) }
    }

    private func print(_ findings: [Finding], _ console: Console) {
        for finding in findings {
            let mark: String
            switch finding.status {
            case .good where self.quiet, .skipped where self.quiet: continue
            case .good: mark = console.styled("✓", .green)
            case .warning: mark = console.styled("!", .yellow)
            case .fault: mark = console.styled("✗", .red)
            case .skipped: mark = console.styled("-", .dim)
            }
            console.print("\(mark) \(finding.text)  \(console.styled(finding.id, .dim))")
            if let remedy = finding.remedy { console.print("  → \(remedy)") }
        }
    }
}
