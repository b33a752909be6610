public import Configuration
package import Goridge
public import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a runtime is started with.
public struct LaunchContext: Sendable {
    /// The options in force.
    public let options: RuntimeOptions
    /// The environment and `.env`.
    public let configuration: ConfigReader
    /// For the runtime's own lines.
    public let logger: Logger
    /// What RoadRunner said by the environment.
    package let relay: RelayEnvironment
    /// The descriptors that standard input and output were before they were guarded.
    package let standardStreams: RelayDescriptors?
    /// What belongs to the process.
    package let process: ProcessScope
    /// Those who look at what happens in it.
    package let events: EventHub

    package init(
        options: RuntimeOptions, configuration: ConfigReader, logger: Logger, relay: RelayEnvironment,
        standardStreams: RelayDescriptors?, observers: [Observer] = []
    ) {
        self.options = options
        self.configuration = configuration
        self.logger = logger
        self.relay = relay
        self.standardStreams = standardStreams
        self.events = EventHub(
            observers, reporters: options.errorReporters, metrics: RuntimeMetrics.make(options), logger: logger
        )
        self.process = ProcessScope(options: options, isPoolWorker: relay.mode != nil, logger: logger)
    }

    package func bootContext(mode: WorkerMode?, registry: KernelRegistry = KernelRegistry()) -> BootContext {
        BootContext(
            options: self.options, mode: mode, logger: self.logger, configuration: self.configuration,
            process: self.process, registry: registry)
    }
}

/// Something that the environment can switch on, which this target knows nothing of.
package protocol LaunchIntegration {
    /// Changes the options, before anything else sees them.
    func prepare(_ options: inout RuntimeOptions, _ configuration: ProcessConfiguration) throws
}

/// The environment and `.env`, in which an empty value counts as none.
package struct ProcessConfiguration {
    private let reader: ConfigReader

    init(_ reader: ConfigReader) { self.reader = reader }

    package func text(_ key: String) -> String? {
        self.reader.string(forKey: ConfigKey(key)).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Starts a kernel: reads the options, picks the runtime, runs it, and ends the process.
package enum Launcher {
    /// Runs the process. What cannot be run is one line on stderr, and exit code 1.
    package static func main<Application: Kernel>(
        _ kernel: Application.Type, runtimes: [any ApplicationRuntime], integrations: [any LaunchIntegration] = []
    ) async -> Never {
        exit(await Self.run(kernel, runtimes: runtimes, integrations: integrations))
    }

    private static func run<Application: Kernel>(
        _ kernel: Application.Type, runtimes: [any ApplicationRuntime], integrations: [any LaunchIntegration]
    ) async -> Int32 {
        do {
            // A peer that is gone shows as an error of `write`, not as a signal.
            signal(SIGPIPE, SIG_IGN)
            let mode = getenv("RR_MODE").map { String(cString: $0) } ?? ""
            // Before anything else runs: the first `print` would destroy the relay.
            let streams = mode.isEmpty ? nil : try StdoutGuard.install()
            let configuration = try await RuntimeOptions.processConfiguration()
            var options = try Application.options.overlaid(by: configuration)
            for integration in integrations { try integration.prepare(&options, ProcessConfiguration(configuration)) }
            let relay = RelayEnvironment(configuration)
            let runtime = try Self.pick(
                from: runtimes + Application.runtimes, named: options.runtime, hasMode: relay.mode != nil)
            try await Application.bootstrap(options)
            var logger = Logger(label: "roadrunner")
            logger.logLevel = options.logLevel
            logger[metadataKey: "rr.pid"] = "\(currentProcessID())"
            if let mode = relay.mode { logger[metadataKey: "rr.mode"] = "\(mode)" }
            let launch = LaunchContext(
                options: options, configuration: configuration, logger: logger, relay: relay, standardStreams: streams,
                observers: Application.observers)
            return try await runtime.run(kernel, launch)
        } catch {
            Self.report("\(error)")
            return 1
        }
    }

    package static func pick(
        from runtimes: [any ApplicationRuntime], named name: String?, hasMode: Bool
    ) throws(LaunchError) -> any ApplicationRuntime {
        let wanted = name ?? (hasMode ? "roadrunner" : "standalone")
        // The application's own come last and win.
        if let runtime = runtimes.last(where: { $0.name == wanted }) { return runtime }
        let known = runtimes.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw LaunchError(
            .unknownRuntime, "APP_RUNTIME is \"\(wanted)\", which is not a runtime of this application: there are \(known)")
    }

    /// One line for the operator, also where the logging system is not set up.
    package static func report(_ line: String) { SystemCall.writeAll(2, "[roadrunner-swift] \(line)\n") }
}
