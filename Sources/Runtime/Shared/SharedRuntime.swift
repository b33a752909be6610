import CSlot
import Goridge
import Logging

/// The runtime `shared`: one process serves all workers of one of RoadRunner's pools.
///
/// The workers that RoadRunner starts are slots, and never reach this code unless they have no host.
package struct SharedRuntime: ApplicationRuntime {
    /// Creates the runtime, which reads its settings from the environment.
    package init() {}

    package var name: RuntimeName { .shared }

    /// Starts accepting slots before any code of the application runs, which may take time, while slots are answered at once.
    ///
    /// - Parameter streams: the relay, if RoadRunner has started this process.
    /// - Returns: the host; nil when this process is not one.
    static func prepare(_ streams: RelayDescriptors?) throws -> SharedHost? {
        switch SharedRole.current {
        case .host(let listener): return try SharedHost(listener: listener)
        case .alone: return nil
        case .none:
            // The file `.env` or the application's options chose this runtime, which could not be known earlier.
            if let streams { roadrunner_shared_restart(streams.input, streams.output) }
            return nil
        }
    }

    package func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 {
        guard let mode = launch.relay.mode else { throw LaunchError.missingMode(self.name) }
        guard let host = launch.host else {
            var reason = "this program could not be started again as a slot"
            if case .alone(let known) = SharedRole.current { reason = known }
            launch.logger.warning(
                "this worker serves by itself, with its own kernel, although APP_RUNTIME is \"shared\": \(reason)")
            return try await PoolRuntime().run(kernel, launch)
        }
        let worker = try WorkerRegistry.worker(for: mode, of: Application.self)
        let signals = await TerminationSignals(deadline: launch.options.stopDeadline)
        UnexpectedExit.watch()
        let exit = try await host.serve(worker, launch) { boot in
            try await Application(boot)
        } onTermination: { action in
            signals.setAction(action)
        }
        if let message = exit.message { Launcher.report(message) }
        return exit.code
    }
}
