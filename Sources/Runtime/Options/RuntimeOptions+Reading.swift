package import Configuration
import Logging

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
        if let flag = try source.flag("app.exit.with.parent") { options.exitsWithParent = flag }
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
        if let name = source.text("kernel.reboot") {
            switch name.lowercased() {
            case "never": options.rebootPolicy = .never
            case "on_exception": options.rebootPolicy = .onException()
            case "always": options.rebootPolicy = .always
            default:
                throw OptionError(key: "KERNEL_REBOOT", value: name, expectation: "never, on_exception or always")
            }
        }
        if let path = source.text("inspector.path") {
            guard path == "off" || (path.hasPrefix("/") && path.count > 1) else {
                throw OptionError(key: "INSPECTOR_PATH", value: path, expectation: "a path, such as /_roadrunner, or off")
            }
            options.inspectorPath = path == "off" ? nil : path
        }
        if let flag = try source.flag("tracing") { options.tracing = flag }
        if let mebibytes = try source.number("worker.max.memory", 1...1_000_000) {
            options.recycleLimits.residentMemory = mebibytes * 1024 * 1024
        }
        if let seconds = try source.number("worker.max.age", 1...100_000_000) { options.recycleLimits.age = .seconds(seconds) }
        if let seconds = try source.number("request.deadline", 1...100_000) { options.requestDeadline = .seconds(seconds) }
        if let name = source.text("log.level") {
            guard let level = Logger.Level(rawValue: name.lowercased()) else {
                throw OptionError(
                    key: "LOG_LEVEL", value: name,
                    expectation: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            options.logLevel = level
        }
        if let name = source.text("log.format") {
            guard ["text", "json"].contains(name.lowercased()) else {
                throw OptionError(key: "LOG_FORMAT", value: name, expectation: "text or json")
            }
            options.logFormat = name.lowercased()
        }
        if let flag = try source.flag("log.to.roadrunner") { options.logsToRoadRunner = flag }
        if let flag = try source.flag("worker.metrics") { options.recordsMetrics = flag }
        if let host = source.text("http.host") { options.httpHost = host }
        if let port = try source.number("http.port", 0...65535) { options.httpPort = port }
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

    func number(_ key: String, _ range: ClosedRange<Int>) throws(OptionError) -> Int? {
        guard let text = self.text(key) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw OptionError(
                key: Self.environmentName(key), value: text,
                expectation: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `http.port` is `HTTP_PORT`.
    private static func environmentName(_ key: String) -> String {
        key.uppercased().split(separator: ".").joined(separator: "_")
    }

    func flag(_ key: String) throws(OptionError) -> Bool? {
        guard let text = self.text(key) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            throw OptionError(
                key: Self.environmentName(key), value: text, expectation: "true or false")
        }
    }
}
