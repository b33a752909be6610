import CoreMetrics
import Instrumentation
package import Logging
package import RoadRunnerRuntime
import Synchronization

/// Runs `Kernel.bootstrap` of kernels that are tested in this process.
package enum KernelBootstrap {
    private struct State {
        var runs: [ObjectIdentifier: Task<Void, any Error>] = [:]
        /// The latest run. Runs are sequential, so each sees the systems that earlier ones set up.
        var latest: Task<Void, any Error>?
    }

    private static let state = Mutex(State())

    /// Names the systems that are set up in this process, and cannot be set up again.
    @TaskLocal package static var systemsInUse: @Sendable () -> [String] = KernelBootstrap.knownSystemsInUse

    /// Runs `bootstrap` once, unless it cannot run. Concurrent callers wait for it to finish.
    package static func run<Application: Kernel>(
        _ kernel: Application.Type, _ options: RuntimeOptions, _ logger: Logger
    ) async throws {
        let systemsInUse = Self.systemsInUse
        let run = self.state.withLock { state -> Task<Void, any Error> in
            if let run = state.runs[ObjectIdentifier(kernel)] { return run }
            let previous = state.latest
            // Not in the test's task: its task-local values would apply to all tests.
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

    /// The systems that are already set up.
    @Sendable private static func knownSystemsInUse() -> [String] {
        var names: [String] = []
        if !(Logger(label: "roadrunner").handler is StreamLogHandler) { names.append("logging") }
        if !(MetricsSystem.factory is NOOPMetricsHandler) { names.append("metrics") }
        if !(InstrumentationSystem.instrument is NoOpInstrument) { names.append("tracing") }
        return names
    }
}
