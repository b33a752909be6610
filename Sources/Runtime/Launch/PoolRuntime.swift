import CSlot
package import Goridge
import Logging

/// The runtime `roadrunner`: a worker of one of RoadRunner's process pools.
package struct PoolRuntime: ApplicationRuntime {
    /// Creates the runtime, which reads its settings from the environment.
    package init() {}

    package var name: RuntimeName { .roadrunner }

    package func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 {
        guard let mode = launch.relay.mode else {
            throw LaunchError.missingMode(self.name)
        }
        // An unserved mode is refused without booting, and before the handshake.
        let worker = try WorkerRegistry.worker(for: mode, of: Application.self)
        let address = try RelayAddress(parsing: launch.relay.relay ?? "pipes", from: "RR_RELAY")
        let signals = await TerminationSignals(deadline: launch.options.stopDeadline)
        let exit = try await Self.serve(worker, launch) { boot in
            try await Application(boot)
        } connect: {
            UnexpectedExit.watch()
            let descriptors = try Self.connect(address, launch)
            CrashHandler.use(descriptors)
            return descriptors
        } onTermination: { action in
            signals.setAction(action)
        }
        if let message = exit.message { Launcher.report(message) }
        return exit.code
    }

    /// Boots, connects, and serves until the worker has ended. Nothing here belongs to the process as a whole.
    ///
    /// - Parameter onTermination: sets the action that runs when the process is asked to stop, which replaces the previous one.
    package static func serve<Application: Kernel>(
        _ worker: any WorkerPlugin.Type,
        _ launch: LaunchContext,
        boot: @escaping @Sendable (BootContext) async throws -> Application,
        connect: () throws -> RelayDescriptors,
        onTermination: (@escaping @Sendable () -> Void) -> Void
    ) async throws -> WorkerExit {
        let mode = worker.mode
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        launch.process.use(loop)
        // The exporters send on the worker's loop as well. They are not attached to the workers of tests.
        if launch.standardStreams != nil { TelemetryExporters.attach(to: launch.process) }
        await launch.events.emit(WorkerStarted(mode: mode, processID: currentProcessID()))
        let (manager, sources) = WorkerHandlers.sources(for: worker, launch, loops: [loop], construct: boot)
        guard let handlers = sources.first else { return .regular }
        let termination = Termination(limit: launch.options.stopDeadline)
        onTermination {
            termination.begin()
            manager.endBooting(after: .zero)
        }
        if try worker.bootPolicy(launch) == .eager {
            launch.logger.debug("building the kernel before answering the handshake")
            do {
                try await handlers.bootEagerly()
            } catch  where termination.sequence != nil {
                return await Self.exit(manager, termination.begin())
            } catch {
                // In debug the browser must show the failure, so the handshake is answered anyway.
                let failure = LaunchError.bootFailure(error, mode: mode)
                guard launch.options.isDebug else {
                    await launch.events.flushReports()
                    throw failure
                }
                Launcher.report("\(failure)")
            }
        }

        var settings = WorkerSettings()
        settings.stopDeadline = launch.options.stopDeadline
        settings.maximumPayloadSize = launch.options.maximumPayloadSize
        settings.flushesStandardOutput = launch.standardStreams != nil
        settings.metrics = launch.events.metrics
        settings.wasServed = launch.standardStreams != nil && roadrunner_shared_was_served() != 0
        let workerLoop = WorkerLoop(
            loop: loop, descriptors: try connect(), handlers: handlers, logger: launch.logger, settings: settings)
        onTermination { workerLoop.signalReceived() }
        // On the loop, since another thread would be kept for nothing else.
        let report =
            launch.standardStreams == nil
            ? nil : Task(executorPreference: loop) { await KernelCount.report(launch, mode) }
        defer { report?.cancel() }
        return await workerLoop.run()
    }

    /// The process was asked to stop before there was anything to serve.
    private static func exit(_ manager: WorkerHandlers.Manager, _ sequence: ShutdownSequence) async -> WorkerExit {
        await manager.shutdown(sequence)
        return sequence.failure.map { .failure($0) } ?? .regular
    }

    /// Connects a socket only now, when the handshake can be answered at once: RoadRunner accepts one worker after another, and a
    /// silent connection would block the others.
    private static func connect(_ address: RelayAddress, _ launch: LaunchContext) throws -> RelayDescriptors {
        guard address == .pipes else { return try RelayConnection.connect(to: address) }
        let descriptors = launch.standardStreams ?? RelayDescriptors(input: 0, output: 1)
        if let mode = launch.relay.mode, SystemCall.isTerminal(descriptors.input) {
            Launcher.report(
                """
                waiting for RoadRunner's handshake on standard input, since RR_MODE is "\(mode)": this is a worker of one of \
                RoadRunner's pools. Start it with "rr serve", or without RR_MODE to let it serve alone
                """)
        }
        SystemCall.enlargePipe(descriptors.input)
        SystemCall.enlargePipe(descriptors.output)
        return descriptors
    }
}
