import RoadRunnerConfiguration
import RoadRunnerRuntime

/// A project's set-up, as RoadRunner and its workers will find it. It is read once, and needs no running RoadRunner.
struct Setup: Sendable {
    /// The folder of the configuration, which becomes RoadRunner's working directory.
    let folder: String
    /// The path of RoadRunner's configuration file.
    let configurationPath: String
    /// The configuration; nil if it cannot be read.
    let configuration: ConfigurationFile?
    /// Why the configuration cannot be read.
    let configurationProblem: String?
    /// The variables in `.env`.
    let environmentFile: [String: String]
    /// Why `.env` cannot be read.
    let environmentFileProblem: String?
    /// The RoadRunner that would serve.
    let roadRunner: RoadRunnerBinary?
    let surroundings: Surroundings

    /// Reads the set-up.
    static func read(configuration path: String, project: String, _ surroundings: Surroundings) async -> Setup {
        let folder = Paths.folder(of: path)
        var configuration: ConfigurationFile?
        var problem: String?
        do {
            configuration = try await ConfigurationFile.read(path: path, environment: surroundings.variables)
        } catch {
            problem = "\(error)"
        }
        var variables: [String: String] = [:]
        var environmentFileProblem: String?
        do {
            variables = try EnvironmentFile(path: "\(folder)/.env")?.variables ?? [:]
        } catch {
            environmentFileProblem = "\(error)"
        }
        return Setup(
            folder: folder, configurationPath: path, configuration: configuration, configurationProblem: problem,
            environmentFile: variables, environmentFileProblem: environmentFileProblem,
            roadRunner: await RoadRunnerBinary.find(in: project, surroundings), surroundings: surroundings)
    }

    /// A value of the configuration, such as `setup["http", "pool", "num_workers"]`.
    subscript(keys: String...) -> ConfigurationValue? { self.value(keys) }

    func value(_ keys: [String]) -> ConfigurationValue? {
        keys.reduce(self.configuration?.root) { $0?[$1] }
    }

    /// The modes for which RoadRunner starts workers.
    var pools: [String] { ["http", "centrifuge"].filter { self[$0] != nil } }

    /// Whether RoadRunner starts a worker for each request of a mode.
    func isDebugPool(_ mode: String) -> Bool { self[mode, "pool", "debug"]?.flag == true }

    /// A program of RoadRunner's `service` plugin.
    typealias Service = (name: String, section: ConfigurationValue)

    /// The programs of RoadRunner's `service` plugin, by name.
    var services: [Service] {
        (self["service"]?.map ?? [:]).map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// The services that use this package, as far as that is known: those with an `APP_RUNTIME`, and those that are the workers' own
    /// program. Others may be any program, and are never started.
    var ownServices: [Service] {
        let worker = Self.words(self["server", "command"])
        return self.services.filter { service in
            Self.variables(service.section["env"])["APP_RUNTIME"]?.isEmpty == false
                || (!worker.isEmpty && Self.words(service.section["command"]) == worker)
        }
    }

    /// The services of this package that serve alone, as they do by default.
    var standaloneServices: [Service] {
        self.ownServices.filter { self.serviceVariable("APP_RUNTIME", $0)?.value ?? "standalone" == "standalone" }
    }

    /// The words of a command, which RoadRunner splits at spaces.
    static func words(_ command: ConfigurationValue?) -> [String] {
        if let list = command?.list { return list.compactMap(\.text).filter { !$0.isEmpty } }
        return command?.text?.split(separator: " ").map(String.init) ?? []
    }

    // MARK: Environments

    /// The variables that RoadRunner adds to the environment of a process: a map, or a list of maps.
    static func variables(_ section: ConfigurationValue?) -> [String: String] {
        var variables: [String: String] = [:]
        for map in section?.list ?? [section].compactMap({ $0 }) {
            // RoadRunner reads keys in lower case, and writes them in upper case.
            for (name, value) in map.map ?? [:] { variables[name.uppercased()] = value.text }
        }
        return variables
    }

    /// A variable as a worker of a pool sees it.
    func workerVariable(_ name: String) -> (value: String, source: String)? {
        self.variable(name, of: Self.variables(self["server", "env"]), "server.env of \(self.configurationName)")
    }

    /// A variable as a service sees it.
    func serviceVariable(_ name: String, _ service: Service) -> (value: String, source: String)? {
        self.variable(
            name, of: Self.variables(service.section["env"]), "service.\(service.name).env of \(self.configurationName)")
    }

    private func variable(_ name: String, of added: [String: String], _ source: String) -> (value: String, source: String)? {
        if let value = added[name], !value.isEmpty { return (value, source) }
        if let value = self.surroundings.variables[name], !value.isEmpty { return (value, "the environment") }
        guard !ProcessConfiguration.environmentOnly.contains(name), let value = self.environmentFile[name], !value.isEmpty else {
            return nil
        }
        return (value, ".env")
    }

    /// All variables that a worker of a pool sees, except RoadRunner's own.
    var workerVariables: [String: String] { self.variables(adding: Self.variables(self["server", "env"])) }

    /// All variables that a service sees, except RoadRunner's own.
    func serviceVariables(_ service: Service) -> [String: String] {
        self.variables(adding: Self.variables(service.section["env"]))
    }

    private func variables(adding added: [String: String]) -> [String: String] {
        self.environmentFile.merging(self.surroundings.variables) { _, new in new }.merging(added) { _, new in new }
            .filter { !ProcessConfiguration.environmentOnly.contains($0.key) }
    }

    var configurationName: String { self.configurationPath.split(separator: "/").last.map(String.init) ?? self.configurationPath }

    /// Resolves a path of the configuration.
    func path(_ path: String) -> String { Paths.resolve(path, from: self.folder) }
}

extension ConfigurationValue {
    /// A scalar as it would be written.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .null, .list, .map: nil
        }
    }

    /// A flag, quoted or not, as RoadRunner reads it.
    var flag: Bool? {
        switch self {
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .string("1"), .string("t"), .string("T"), .string("true"), .string("True"), .string("TRUE"): true
        case .string("0"), .string("f"), .string("F"), .string("false"), .string("False"), .string("FALSE"): false
        default: nil
        }
    }

    /// A number, quoted or not.
    var number: Int? {
        switch self {
        case .integer(let number): number
        case .string(let text): Int(text)
        default: nil
        }
    }
}
