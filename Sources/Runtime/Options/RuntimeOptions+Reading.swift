package import Configuration
import Logging
import SystemPackage

/// What RoadRunner's pool tells its workers by the environment.
package struct RelayEnvironment: Sendable, Hashable {
    /// `RR_MODE`; nil when the process was not started by a pool.
    package var mode: WorkerMode?
    /// `RR_RELAY`.
    package var relay: String?
    /// `RR_VERSION`.
    package var version: String?

    package init(mode: WorkerMode? = nil, relay: String? = nil, version: String? = nil) {
        self.mode = mode
        self.relay = relay
        self.version = version
    }

    package init(_ configuration: ConfigReader) {
        self.mode = configuration.string(forKey: "rr.mode").flatMap { $0.isEmpty ? nil : WorkerMode(rawValue: $0) }
        self.relay = configuration.string(forKey: "rr.relay")
        self.version = configuration.string(forKey: "rr.version")
    }
}

extension RuntimeOptions {
    /// The reader of the process: the environment, then `.env` in the working directory.
    package static func processConfiguration() async throws -> ConfigReader {
        ConfigReader(providers: [
            EnvironmentVariablesProvider(),
            try await EnvironmentVariablesProvider(environmentFilePath: ".env", allowMissing: true),
        ])
    }

    /// These options, with what `configuration` says over them.
    package func overlaid(by configuration: ConfigReader) throws(OptionError) -> RuntimeOptions {
        let source = OptionSource(configuration)
        var options = self
        if let name = source.text("app.runtime") { options.runtime = name }
        if let name = source.text("app.env") {
            options.environment =
                switch name {
                case "dev": .development
                case "prod": .production
                default: AppEnvironment(rawValue: name)
                }
        }
        if let flag = try source.flag("app.debug") { options.debug = flag }
        if let flag = try source.flag("http.lazy.boot") { options.httpBoot = flag ? .lazy : .eager }
        if let flag = try source.flag("centrifugo.lazy.boot") { options.centrifugoBoot = flag ? .lazy : .eager }
        if let path = source.text("rr.config.path") { options.configurationPath = path }
        // Set to nothing it is a mistake, which is told to whoever wants to call.
        if let address = configuration.string(forKey: "rr.rpc") { options.rpcAddress = address }
        if let flag = try source.flag("kv.auto.register") { options.keyValueAutoRegister = flag }
        if let name = source.text("kv.serializer") { options.keyValueSerializer = name }
        if let path = source.text("kv.keypair.path") { options.keyValueKeypairPath = path }
        if let url = source.text("centrifugo.api.url") { options.centrifugoAPIURL = url }
        if let key = source.text("centrifugo.api.key") { options.centrifugoAPIKey = key }
        if let secret = source.text("centrifugo.proxy.secret") { options.centrifugoProxySecret = secret }
        if let name = source.text("http.informational") {
            guard let policy = InformationalPolicy(rawValue: name.lowercased()) else {
                throw OptionError(
                    key: "HTTP_INFORMATIONAL", value: name,
                    expectation: "one of \(InformationalPolicy.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            options.informationalResponses = policy
        }
        if let name = source.text("log.level") {
            guard let level = Logger.Level(rawValue: name.lowercased()) else {
                throw OptionError(
                    key: "LOG_LEVEL", value: name,
                    expectation: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            options.logLevel = level
        }
        if let host = source.text("http.host") { options.httpHost = host }
        if let text = source.text("http.port") {
            guard let port = Int(text), (0...65535).contains(port) else {
                throw OptionError(key: "HTTP_PORT", value: text, expectation: "a number from 0 to 65535")
            }
            options.httpPort = port
        }
        return options
    }
}

/// An option whose value makes no sense.
public struct OptionError: Error, Hashable, CustomStringConvertible {
    /// The key, as in the environment.
    public let key: String
    /// What was read.
    public let value: String
    let expectation: String

    package init(key: String, value: String, expectation: String) {
        self.key = key
        self.value = value
        self.expectation = expectation
    }

    public var description: String {
        "\(self.key) is \"\(self.value)\" (in the environment or in .env): it must be \(self.expectation)"
    }
}

/// Reads options so that an empty value counts as none, as `KEY=` in a `.env` file is meant.
private struct OptionSource {
    private let configuration: ConfigReader

    init(_ configuration: ConfigReader) { self.configuration = configuration }

    func text(_ key: String) -> String? {
        self.configuration.string(forKey: ConfigKey(key)).flatMap { $0.isEmpty ? nil : $0 }
    }

    func flag(_ key: String) throws(OptionError) -> Bool? {
        guard let text = self.text(key) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            throw OptionError(
                key: key.uppercased().split(separator: ".").joined(separator: "_"), value: text, expectation: "true or false")
        }
    }
}
