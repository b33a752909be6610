import ArgumentParser

/// `rr-swift check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with the set-up.",
        discussion: """
            Checks what usually goes wrong and suggests fixes: RoadRunner and its version, .rr.yaml by RoadRunner's own rules, the \
            programs that it starts, the relay, APP_RUNTIME, APP_ENV, served modes that do not match the configured plugins, RPC, \
            storages, key files, ports, metrics, middleware that breaks streaming, deadlines, the number of workers. RoadRunner \
            need not be running.

            The set-up for production is that of .rr.yaml, the one for development that of .rr.dev.yaml (-c .rr.dev.yaml).

            Variables are expanded from the environment of this command: start it like RoadRunner. The program is asked for its \
            modes, without booting it; with --boot it is booted, without serving, and asked for its storages as well.

            ✓ good   ! works, but with drawbacks   ✗ does not work   - could not be checked

            The exit code is 1 for a ✗, and with --strict also for a !.
            """)

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("RoadRunner's configuration.", valueName: "file"))
    var configuration = ".rr.yaml"

    @Option(help: ArgumentHelp("The project's folder.", valueName: "folder"))
    var packagePath = "."

    @Flag(help: "Boot the program and compare its storages and metrics with the configuration.")
    var boot = false

    @Flag(name: .shortAndLong, help: "Print only warnings and faults.")
    var quiet = false

    @Flag(help: "Fail on warnings as well.")
    var strict = false

    @Flag(help: "Print JSON: the findings, and their number by kind.")
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
