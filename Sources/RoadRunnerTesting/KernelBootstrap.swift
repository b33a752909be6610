import CoreMetrics
import Instrumentation
package import Logging
package import RoadRunnerRuntime
import Synchronization

/// Runs `Kernel.bootstrap` of kernels that are tested in this process.
package enum KernelBootstrap {
    private struct State {
        var runs: [ObjectIdentifier: Task<Void, any Error>] = [:]
        /// The latest one: one runs after the other, so that each sees what the one before has set up.
        var latest: Task<Void, any Error>?
    }

    private static let state = Mutex(State())

    /// Names what has been set up in this process, and cannot be set up again.
    @TaskLocal package static var systemsInUse: @Sendable () -> [String] = KernelBootstrap.knownSystemsInUse

    /// Runs it unless it has run, or cannot. Whoever comes while it runs waits for its end.
    package static func run<Application: Kernel>(
        _ kernel: Application.Type, _ options: RuntimeOptions, _ logger: Logger
    ) async throws {
        let systemsInUse = Self.systemsInUse
        let run = self.state.withLock { state -> Task<Void, any Error> in
            if let run = state.runs[ObjectIdentifier(kernel)] { return run }
            let previous = state.latest
            // Not the test's task: its values would be the values of all tests.
            let run = Task.detached {
                _ = await previous?.result
                let names = systemsInUse()
                guard names.isEmpty else {
                    logger.debug(
                        "\(kernel).bootstrap does not run: \(names.joined(separator: ", ")) cannot be set up twice in a process")
                    return
                }
                try await Application.bootstrap(options)
            }
            state.runs[ObjectIdentifier(kernel)] = run
            state.latest = run
            return run
        }
        try await run.value
    }

    /// The systems that were set up already.
    @Sendable private static func knownSystemsInUse() -> [String] {
        var names: [String] = []
        if !(Logger(label: "roadrunner").handler is StreamLogHandler) { names.append("logging") }
        if !(MetricsSystem.factory is NOOPMetricsHandler) { names.append("metrics") }
        if !(InstrumentationSystem.instrument is NoOpInstrument) { names.append("tracing") }
        return names
    }
}
