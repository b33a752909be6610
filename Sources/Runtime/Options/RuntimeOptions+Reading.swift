package import Configuration
import Logging

extension RuntimeOptions {
    /// Returns these options, overridden by the values in `configuration`.
    package func overlaid(by configuration: ConfigReader) throws(OptionError) -> RuntimeOptions {
        let source = OptionReader(configuration)
        var options = self
        options.reader = source
        for (type, module) in options.modules {
            var module = module
            try module.read(source)
            options.modules[type] = module
        }
        if let name = source.text("app.runtime") { options.runtime = RuntimeName(rawValue: name) }
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
        if let path = source.text("crash.log.dir") { options.crashLogDirectory = path }
        if let path = source.text("rr.config.path") { options.configurationPath = path }
        // An empty value is a mistake, which is reported with the first call.
        if let address = configuration.string(forKey: "rr.rpc") { options.rpcAddress = address }
        if let name = source.text("kernel.reboot") {
            switch name.lowercased() {
            case "never": options.rebootPolicy = .never
            case "on_exception": options.rebootPolicy = .onException()
            case "always": options.rebootPolicy = .always
            default:
                throw OptionError(key: "KERNEL_REBOOT", value: name, expectation: "never, on_exception or always")
            }
        }
        if let flag = try source.flag("tracing") { options.tracing = flag }
        if let mebibytes = try source.number("worker.max.memory", in: 1...1_000_000) {
            options.recycleLimits.residentMemory = mebibytes * 1024 * 1024
        }
        if let seconds = try source.number("worker.max.age", in: 1...100_000_000) {
            options.recycleLimits.age = .seconds(seconds)
        }
        if let count = try source.number("worker.max.concurrency", in: 1...100_000) { options.maximumConcurrency = count }
        if let name = source.text("log.level") {
            guard let level = Logger.Level(rawValue: name.lowercased()) else {
                throw OptionError(
                    key: "LOG_LEVEL", value: name,
                    expectation: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            options.logLevel = level
        }
        if let flag = try source.flag("worker.metrics") { options.recordsMetrics = flag }
        return options
    }
}
