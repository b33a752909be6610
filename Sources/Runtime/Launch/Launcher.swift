import CProcess
import Goridge
import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Starts a kernel: reads the options, picks the runtime, runs it, and ends the process.
package enum Launcher {
    /// Runs the process. An error is printed as one line on stderr, and the exit code is 1.
    ///
    /// - Parameter integrations: the package's integrations, which follow the kernel's own.
    package static func main<Application: Kernel>(
        _ kernel: Application.Type, runtimes: [any ApplicationRuntime], integrations: [any LaunchIntegration] = []
    ) async -> Never {
        let code = await Self.run(kernel, runtimes: runtimes, integrations: integrations)
        UnexpectedExit.endWatch()
        exit(code)
    }

    private static func run<Application: Kernel>(
        _ kernel: Application.Type, runtimes: [any ApplicationRuntime], integrations: [any LaunchIntegration]
    ) async -> Int32 {
        do {
            // A closed peer is reported as an error of `write`, not as a signal.
            signal(SIGPIPE, SIG_IGN)
            EarlySignals.remember()
            let parent = ParentWatch.parent()
            // Before anything else runs: the first `print` would destroy the relay.
            let streams = try Self.setUpStandardOutput()
            let process = try ProcessConfiguration()
            if let notice = process.notice { Self.report(notice) }
            let configuration = process.reader
            let integrations = Application.integrations + integrations
            var options = try Application.options.overlaid(by: configuration)
            for integration in integrations { try integration.prepare(&options, configuration) }
            // A host's parent is one of the slots that it serves.
            if options.exitsWithParent, !SharedRole.isHost { Self.watch(parent) }
            let relay = RelayEnvironment(configuration)
            let crashes = CrashFolder.folders(options)
            CrashHandler.install(options, mode: relay.mode, crashes)
            await Self.prepareMainThread()
            let runtime = try Self.pick(
                from: runtimes, named: options.runtime, hasMode: relay.mode != nil)
            let host = runtime is SharedRuntime ? try SharedRuntime.prepare(streams) : nil
            try await Application.bootstrap(options)
            var logger = Logger(label: "roadrunner")
            logger.logLevel = options.logLevel
            logger[metadataKey: "rr.pid"] = "\(currentProcessID())"
            if let mode = relay.mode { logger[metadataKey: "rr.mode"] = "\(mode)" }
            var launch = LaunchContext(
                options: options, configuration: configuration, logger: logger, relay: relay, standardStreams: streams,
                observers: Application.observers)
            launch.host = host
            for integration in integrations { try integration.attach(to: launch) }
            CrashClaims(logger: logger, events: launch.events).begin(in: [crashes.first, crashes.fallback])
            return try await runtime.run(kernel, launch)
        } catch {
            Self.report("\(error)")
            return 1
        }
    }

    /// - Returns: the former standard input and output, if RoadRunner uses them or a description is printed; otherwise nil.
    private static func setUpStandardOutput() throws -> RelayDescriptors? {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        // The description of the program must not be mixed with its output.
        guard variable("RR_MODE").isEmpty || SharedRole.isHost, variable("APP_RUNTIME") != DescribeRuntime.name.rawValue else {
            return try StdoutGuard.install()
        }
        StdoutGuard.bufferLines()
        return nil
    }

    /// The main thread's stack for signal handlers, which is Swift's, has no room for two of them.
    @MainActor private static func prepareMainThread() { roadrunner_use_signal_stack() }

    /// Ends the process as by a signal, so that all shutdown steps run.
    private static func watch(_ parent: Int32) {
        ParentWatch.start(parent) {
            Self.report("the process that started this one (\(parent)) has ended: stopping, since APP_EXIT_WITH_PARENT is set")
            kill(currentProcessID(), SIGTERM)
        }
    }

    package static func pick(
        from runtimes: [any ApplicationRuntime], named name: RuntimeName?, hasMode: Bool
    ) throws(LaunchError) -> any ApplicationRuntime {
        let wanted = name ?? (hasMode ? .roadrunner : .standalone)
        if let runtime = runtimes.first(where: { $0.name == wanted }) { return runtime }
        let known = runtimes.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw LaunchError(
            .unknownRuntime, "APP_RUNTIME is \"\(wanted)\", which is not a runtime of this application: there are \(known)")
    }

    /// Prints one line for the operator, even when the logging system is not set up.
    package static func report(_ line: String) { SystemCall.writeAll(2, "[roadrunner-swift] \(line)\n") }
}
