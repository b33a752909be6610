import Goridge
import Logging

extension SharedHost {
    /// Boots, and serves the slots until none is left.
    ///
    /// - Parameter onTermination: sets the action that runs when the process is asked to stop, which replaces the previous one.
    func serve<Application: Kernel>(
        _ worker: any WorkerPlugin.Type, _ launch: LaunchContext,
        boot: @escaping @Sendable (BootContext) async throws -> Application,
        onTermination: (@escaping @Sendable () -> Void) -> Void
    ) async throws -> WorkerExit {
        let address = try RelayAddress(parsing: launch.relay.relay ?? "pipes", from: "RR_RELAY")
        if let loop = self.loops.first { launch.process.use(loop) }
        TelemetryExporters.attach(to: launch.process)
        await launch.events.emit(WorkerStarted(mode: worker.mode, processID: currentProcessID()))
        let sharing = KernelSharing(maximumConcurrency: launch.options.maximumConcurrency) {
            self.control.execute { self.drain() }
        }
        let (manager, sources) = WorkerHandlers.sources(
            for: worker, launch, loops: self.loops, sharing: sharing, construct: boot)
        let termination = Termination(limit: launch.options.stopDeadline)
        // While the kernel is built.
        async let configuration = PoolConfiguration.asked(of: launch, mode: worker.mode)
        let endBoot = { @Sendable in
            termination.begin()
            manager.endBooting(after: .zero)
        }
        onTermination(endBoot)
        self.control.execute {
            self.abandonBoot = endBoot
            if self.registry.phase == .shuttingDown { endBoot() }
        }
        if let first = sources.first, try worker.bootPolicy(launch) == .eager {
            launch.logger.debug("building the kernel before answering the handshakes")
            do {
                try await first.bootEagerly()
            } catch  where termination.sequence != nil {
                return await self.endBeforeServing(manager, termination.begin())
            } catch {
                if let exit = await self.bootFailed(error, launch, sources, mode: worker.mode) { return exit }
            }
        }
        if await configuration?.isDebug ?? false { return await self.refuseDebugPool(manager, termination.begin(), worker.mode) }
        let service = HostService(
            launch, address: address, manager: manager, handlers: sources, loops: self.loops,
            workerCount: await configuration?.workerCount
        ) {
            (self.slots.values.count { !$0.isLost }, self.slots.values.contains { $0.introduction.isWrapped })
        }
        onTermination { self.control.execute { self.terminate(launch.options.stopDeadline) } }
        return await withUnsafeContinuation { waiter in self.control.execute { self.begin(service, waiter) } }
    }

    private func refuseDebugPool(
        _ manager: WorkerHandlers.Manager, _ sequence: ShutdownSequence, _ mode: WorkerMode
    ) async -> WorkerExit {
        Launcher.report(
            """
            \(mode).pool.debug is true: RoadRunner then starts a worker for each request, so there is nothing to share. Use \
            APP_RUNTIME=roadrunner with it, or remove it from .rr.yaml
            """)
        await manager.shutdown(sequence)
        let exit = WorkerExit(code: 1, message: nil)
        await self.control.submit { self.finish(exit, code: 1) }
        return exit
    }

    /// Reports a boot failure. In debug the browser must show it, so the handshakes are answered anyway.
    ///
    /// - Returns: the exit of the process, if it must end.
    private func bootFailed(
        _ error: any Error, _ launch: LaunchContext, _ sources: [WorkerHandlers], mode: WorkerMode
    ) async -> WorkerExit? {
        let failure = LaunchError.bootFailure(error, mode: mode)
        // Before the slots go, since the standard error is theirs.
        Launcher.report("\(failure)")
        guard launch.options.isDebug else {
            await launch.events.flushReports()
            let exit = WorkerExit(code: 1, message: nil)
            await self.control.submit { self.finish(exit, code: 1) }
            return exit
        }
        for source in sources.dropFirst() { source.serveFailure(error) }
        return nil
    }

    /// The process was asked to stop before there was anything to serve, or is no longer needed.
    private func endBeforeServing(_ manager: WorkerHandlers.Manager, _ sequence: ShutdownSequence) async -> WorkerExit {
        await manager.shutdown(sequence)
        let exit = sequence.failure.map { WorkerExit.failure($0) } ?? .regular
        await self.control.submit { self.finish(exit, code: 0) }
        return exit
    }

    /// SIGTERM or SIGINT was received, mostly by RoadRunner as well, which then asks the slots to stop. They must not stop by
    /// themselves: RoadRunner would wait for them. If it does not ask them, other hosts serve them in the end.
    func terminate(_ limit: Duration) {
        guard self.terminationSequence == nil else { return }
        let sequence = ShutdownSequence(limit: limit)
        self.terminationSequence = sequence
        self.drain()
        let nanoseconds = limit.clampedNanoseconds
        _ = self.control.schedule(after: nanoseconds / 4 * 3) { [weak self] in
            guard let self else { return }
            for slot in self.slots.values { slot.workerLoop?.endStreamInHand() }
        }
        _ = self.control.schedule(after: nanoseconds / 8 * 7) { [weak self] in self?.handOver(sequence) }
    }

    private func handOver(_ sequence: ShutdownSequence) {
        guard self.registry.end() else { return }
        self.isHandingOver = true
        for slot in self.slots.values { slot.workerLoop?.handOver() }
        self.shutdownKernel(sequence)
    }
}
