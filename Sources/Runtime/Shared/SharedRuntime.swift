import CSlot
import Goridge
import Logging

/// The runtime `shared`: one process serves all workers of one of RoadRunner's pools.
///
/// The workers that RoadRunner starts are slots, and never come here, unless they have no host.
package struct SharedRuntime: ApplicationRuntime {
    /// It takes everything from the environment.
    package init() {}

    package static let name = "shared"
    package var name: String { Self.name }

    /// Begins to take slots, before anything of the application runs: it may take its time, and they are answered at once.
    ///
    /// - Parameter streams: the relay, where RoadRunner has started this process.
    /// - Returns: nil where this process is no host.
    static func prepare(_ streams: RelayDescriptors?) throws -> SharedHost? {
        switch SharedRole.current {
        case .host(let listener): return try SharedHost(listener: listener)
        case .alone: return nil
        case .none:
            // The file `.env` or the application's options have chosen it, which nobody could know earlier.
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
                "this worker serves by itself, with a kernel of its own, although APP_RUNTIME is \"shared\": \(reason)")
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
