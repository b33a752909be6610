import ArgumentParser
import Foundation
import RoadRunnerConfiguration
import RoadRunnerRuntime

/// `rr-swift dev`.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Serve the program, and rebuild it when its sources change.",
        discussion: """
            Builds the program and serves it through RoadRunner's debug pool, which starts a process for each request: requests \
            after a build get the new program, and none fails meanwhile. Without RoadRunner (rr-swift get), or with --alone, \
            the program serves by itself and is restarted when it changes.

            Compiler messages are shown on the terminal and on the page, until the next successful build. Ctrl-C ends everything.

            Sources, Plugins, Package.swift, Package.resolved, .env and RoadRunner's configuration are watched; --watch adds more. \
            RoadRunner's configuration is .rr.dev.yaml if it exists, otherwise .rr.yaml; its command and its pools are overridden, \
            and the APP_ENV of .rr.yaml, unless --config names that. APP_ENV is dev, unless the environment or .env has another; \
            APP_RUNTIME=shared, which has no debug pools, is overridden too.
            """)

    @Option(help: ArgumentHelp("The project's folder.", valueName: "folder"))
    var packagePath = "."

    @Option(help: ArgumentHelp("The build folder, instead of .build.", valueName: "folder"))
    var scratchPath: String?

    @Option(help: "The program, if the package has several.")
    var product: String?

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("RoadRunner's configuration.", valueName: "file"))
    var configuration: String?

    @Option(help: ArgumentHelp("One more file or folder to watch; repeatable.", valueName: "path"))
    var watch: [String] = []

    @Flag(help: "Serve without RoadRunner.")
    var alone = false

    func run() async throws {
        let surroundings = Surroundings.current
        let session = try await self.session(surroundings)
        _ = try await Interruption.cancelling(surroundings) { try await session.run() }
    }

    private func session(_ surroundings: Surroundings) async throws -> DevSession {
        let folder = surroundings.path(self.packagePath)
        let console = surroundings.console
        let package = try Package(folder, scratchPath: self.scratchPath.map(surroundings.path), surroundings)
        let product: String
        if let named = self.product { product = named } else { product = try await package.product() }
        let program = ServedProgram(product, in: try await package.binaries("debug"))
        let binary = try await self.roadRunner(folder, surroundings)
        var surroundings = surroundings
        surroundings.directory = folder
        let file = (try? EnvironmentFile(path: "\(folder)/.env"))?.variables ?? [:]
        func variable(_ name: String) -> String? { [surroundings.variables, file].compactMap { $0[name] }.first { !$0.isEmpty } }
        let environment = variable("APP_ENV") ?? "dev"
        if variable("APP_ENV") == nil { surroundings.variables["APP_ENV"] = environment }
        let watched = self.watch.map(surroundings.path)
        if let binary, let (configuration, contents) = try await self.pools(folder, surroundings) {
            console.printError("Serving through RoadRunner \(binary.version ?? ""), with \(configuration)")
            let address = contents["http"]?["address"]?.text.flatMap { HostPort($0) }
            // The configuration for production was not chosen by an option, so development mode overrides it.
            let isProduction = self.configuration == nil && configuration == "\(folder)/\(Self.production)"
            return DevSession(
                package: package, product: product, program: program,
                server: PoolServer(
                    program, roadRunner: binary.path, configuration: configuration, tool: Self.toolPath,
                    environment: isProduction ? environment : nil, surroundings),
                settings: [configuration], watched: watched, url: Self.url(address), console: console)
        }
        console.printError(
            "Serving alone\(self.alone ? "" : ": there is no RoadRunner (rr-swift get), or no configuration with a pool for it")")
        let address = HostPort(
            host: variable("HTTP_HOST") ?? "127.0.0.1", port: variable("HTTP_PORT").flatMap { Int($0) } ?? 8080)
        return DevSession(
            package: package, product: product, program: program, server: AloneServer(program, at: address, surroundings),
            settings: [], watched: watched, url: Self.url(address), console: console)
    }

    /// The name of the configuration for production.
    private static let production = ".rr.yaml"

    /// The RoadRunner that is used; nil if there is none.
    private func roadRunner(_ folder: String, _ surroundings: Surroundings) async throws -> RoadRunnerBinary? {
        guard !self.alone else { return nil }
        let binary = await RoadRunnerBinary.find(in: folder, surroundings)
        if let binary, binary.version != nil { return binary }
        if let named = RoadRunnerBinary.named(in: surroundings) {
            throw ToolError(
                .otherProgram, "RR_BINARY is \(named), which is not an executable RoadRunner", remedy: "correct or unset it")
        }
        return nil
    }

    /// RoadRunner's configuration; nil if it has no pools.
    private func pools(_ folder: String, _ surroundings: Surroundings) async throws -> (path: String, ConfigurationFile)? {
        let names = self.configuration.map { [$0] } ?? [".rr.dev.yaml", Self.production]
        let path = names.map { Paths.resolve($0, from: folder) }.first(where: Paths.exists)
        if let named = self.configuration, path == nil { throw ToolError(.noPackage, "there is no \(named) in \(folder)") }
        guard let path else { return nil }
        let configuration = try await ConfigurationFile.read(path: path, environment: surroundings.variables)
        // Without a pool RoadRunner would serve other programs only.
        return PoolServer.modes(configuration).isEmpty ? nil : (path, configuration)
    }

    private static func url(_ address: HostPort?) -> String? {
        guard let address else { return nil }
        let host = address.host.isEmpty || address.host == "0.0.0.0" ? "127.0.0.1" : address.host
        return "http://\(HostPort(host: host, port: address.port))/"
    }

    /// The path of this tool.
    private static var toolPath: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }
}
