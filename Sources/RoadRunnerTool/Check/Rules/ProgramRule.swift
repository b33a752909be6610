import RoadRunnerConfiguration

/// The programs that RoadRunner starts exist.
struct ProgramRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        if !setup.pools.isEmpty { findings.append(Self.pool(setup)) }
        for service in setup.services {
            let key = "service.\(service.name).command"
            findings.append(Self.finding(service.section["command"], key, setup))
        }
        for keys in setup.pools.map({ [$0, "pool", "command"] }) + [["server", "on_init", "command"]] {
            guard let command = setup.value(keys), !Setup.words(command).isEmpty else { continue }
            findings.append(Self.finding(command, keys.joined(separator: "."), setup))
        }
        return findings
    }

    private static func pool(_ setup: Setup) -> Finding {
        guard setup["server"] != nil else {
            return .fault(
                "program.unconfigured",
                "\(setup.configurationName) has no section server: RoadRunner starts no program and serves nothing",
                "add server: { command: \".build/release/App\" }")
        }
        return Self.finding(setup["server", "command"], "server.command", setup)
    }

    private static func finding(_ command: ConfigurationValue?, _ key: String, _ setup: Setup) -> Finding {
        guard let program = Setup.words(command).first else {
            return .fault(
                "program.empty", "\(key) is empty", "name the program that RoadRunner starts, such as .build/release/App")
        }
        let path = setup.surroundings.program(named: program, from: setup.folder)
        guard let path, Paths.exists(path) else {
            return .fault(
                "program.missing",
                "\(key) is \(program), which does not exist\(path.map { " (\($0))" } ?? " on the PATH")",
                Self.remedy(program))
        }
        guard !Paths.isFolder(path) else {
            return .fault("program.folder", "\(key) is \(program), which is a folder", "name the program in it")
        }
        guard Paths.isProgram(path) else {
            return .fault("program.unexecutable", "\(key) is \(program), which is not executable", "chmod +x \(path)")
        }
        return .good("program", "\(key) is \(program)")
    }

    private static func remedy(_ program: String) -> String {
        if program.contains(".build/release/") { return "build it: swift build -c release --static-swift-stdlib" }
        if program.contains(".build/debug/") { return "build it: swift build" }
        return "fix the path: it is relative to the folder of the configuration"
    }
}
