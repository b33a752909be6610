import Synchronization

extension KernelManager {
    /// The process was asked to stop: nothing is rebooted, and a boot that requests wait for is abandoned after `limit`.
    package func endBooting(after limit: Duration) {
        self.state.withLock { $0.isShuttingDown = true }
        guard limit > .zero else { return self.giveUpBooting() }
        Task.detached { [weak self] in if await limit.hasPassed() { self?.giveUpBooting() } }
    }

    private func giveUpBooting() {
        let (waiters, boot) = self.state.withLock { state -> ([Waiter], KernelBoot?) in
            guard state.machine.isBooting else { return ([], nil) }
            state.leftToShutDown += state.machine.stop()
            defer { state.waiters = [] }
            return (state.waiters, state.boot)
        }
        boot?.cancel()
        for waiter in waiters { waiter.resume(throwing: KernelStopped()) }
    }

    /// Shuts down the kernel and the shared state of the process.
    package func shutdown(_ sequence: ShutdownSequence) async {
        let (instances, events, boot, count, waiters) = self.state.withLock { state in
            let events = state.machine.current?.events
            let left = state.leftToShutDown + state.machine.stop()
            state.leftToShutDown = []
            state.rebootTimer?.cancel()
            defer { state.waiters = [] }
            return (left, events ?? self.launch.events, state.boot, state.handledCount, state.waiters)
        }
        boot?.cancel()
        for waiter in waiters { waiter.resume(throwing: KernelStopped()) }
        await sequence.step("an observer of WorkerStopping", share: 0.25) {
            await events.emit(WorkerStopping(mode: self.mode, handledCount: count))
        }
        if let boot { await self.end(boot, sequence) }
        await self.shutdown(instances, sequence)
        let reportLimit = sequence.time(share: 0.4, atMost: .seconds(2))
        for name in await self.launch.events.flushReports(within: reportLimit) { sequence.overrun(name) }
        let closeLimit = sequence.time(share: 0.4, atMost: .seconds(1))
        for name in await self.launch.process.close(within: closeLimit) { sequence.overrun(name) }
    }

    private func end(_ boot: KernelBoot, _ sequence: ShutdownSequence) async {
        guard await !sequence.step("the boot of the kernel", share: 0.5, { await boot.ended() }) else { return }
        // The boot is abandoned, but the services that it started are not.
        guard let services = boot.services else { return }
        let limit = sequence.time(share: 0.75, atMost: self.limits.serviceShutdown)
        if await !services.shutdown(within: limit, naming: self.limits.notice) {
            sequence.overrun("the service \(services.waitedFor)")
        }
    }

    private func shutdown(_ instances: [Instance], _ sequence: ShutdownSequence) async {
        let limit = sequence.time(share: 0.75, atMost: self.limits.serviceShutdown)
        let others = self.state.withLock { Array($0.shutdowns.values) }
        // Each of them ends in time, whatever the services do.
        await withTaskGroup(of: Void.self) { group in
            for instance in instances {
                group.addTask {
                    if let name = await instance.shutdown(within: limit, self.limits) { sequence.overrun("the service \(name)") }
                }
            }
            for task in others { group.addTask { await task.value(within: limit) } }
        }
    }
}
