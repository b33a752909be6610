import Configuration
import RoadRunnerRuntime

/// The values of the environment and `.env` are valid.
struct EnvironmentRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        if let problem = setup.environmentFileProblem {
            return [.fault("env.malformed", problem, "workers do not start until the file can be read")]
        }
        var findings: [Finding] = []
        let ignored = ProcessConfiguration.environmentOnly.filter { setup.environmentFile[$0] != nil }
        if !ignored.isEmpty {
            let (verb, pronoun) = ignored.count == 1 ? ("is", "it") : ("are", "them")
            findings.append(
                .warning(
                    "env.ignored",
                    ".env has \(ignored.joined(separator: ", ")), which \(verb) read from the process's environment only",
                    "remove \(pronoun): RoadRunner sets \(pronoun) for the processes that it starts"))
        }
        let problems = Self.problems(setup.workerVariables)
        for problem in problems {
            findings.append(.fault("env.invalid", problem, "change or remove it: workers do not start with it"))
        }
        findings += Self.development(setup)
        for service in setup.standaloneServices {
            for problem in Self.problems(setup.serviceVariables(service)) where !problems.contains(problem) {
                findings.append(
                    .fault(
                        "env.invalid", "the service \(service.name): \(problem)",
                        "change or remove it: the service does not start with it"))
            }
            findings += Self.development(service, setup)
        }
        if findings.isEmpty, !setup.environmentFile.isEmpty { findings.append(.good("env", ".env is valid")) }
        return findings
    }

    /// The workers of a lasting pool show errors to clients, often because of `.env`, a file for development.
    private static func development(_ setup: Setup) -> [Finding] {
        guard setup["server"] != nil, setup.pools.contains(where: { !setup.isDebugPool($0) }) else { return [] }
        return Self.development(
            "workers read", setup.workerVariable, setup.workerVariables, in: "server.env of \(setup.configurationName)")
    }

    /// A service lasts as such a pool does. One beside debug pools is for development as well.
    private static func development(_ service: Setup.Service, _ setup: Setup) -> [Finding] {
        guard setup.pools.isEmpty || setup.pools.contains(where: { !setup.isDebugPool($0) }) else { return [] }
        return Self.development(
            "the service \(service.name) reads", { setup.serviceVariable($0, service) }, setup.serviceVariables(service),
            in: "service.\(service.name).env of \(setup.configurationName)")
    }

    private static func development(
        _ subject: String, _ variable: (String) -> (value: String, source: String)?, _ variables: [String: String],
        in place: String
    ) -> [Finding] {
        let name = variables["APP_DEBUG", default: ""].isEmpty ? "APP_ENV" : "APP_DEBUG"
        guard let found = variable(name), DebugMode.isOn(variables) else { return [] }
        // What the configuration for development says is meant.
        guard !found.source.hasSuffix(".rr.dev.yaml") else { return [] }
        let value = name == "APP_ENV" ? "production" : "\"false\""
        return [
            .warning(
                "env.development",
                "\(subject) \(name)=\(found.value) from \(found.source): clients see the details of errors, and the inspector",
                "set \(name): \(value) in \(place)")
        ]
    }

    /// Options with an invalid value.
    private static func problems(_ variables: [String: String]) -> [String] {
        let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        var problems: [String] = []
        func attempt(_ body: () throws(OptionError) -> Void) {
            do throws(OptionError) { try body() } catch { problems.append("\(error)") }
        }
        let reader = OptionReader(configuration)
        attempt { () throws(OptionError) in _ = try RuntimeOptions().overlaid(by: configuration) }
        // The options of modules that the tool does not link.
        attempt { () throws(OptionError) in _ = try reader.number("http.port", in: 0...65_535) }
        attempt { () throws(OptionError) in _ = try reader.number("http.idle.timeout", in: 0...86_400) }
        for key in ["http.lazy.boot", "centrifugo.lazy.boot", "kv.auto.register"] {
            attempt { () throws(OptionError) in _ = try reader.flag(key) }
        }
        attempt { () throws(OptionError) in
            guard let name = reader.text("kv.serializer") else { return }
            guard ["json", "raw", "plist", "protobuf"].contains(name.lowercased()) else {
                throw OptionError(key: "KV_SERIALIZER", value: name, expectation: "json, raw, plist or protobuf")
            }
        }
        return problems
    }
}
