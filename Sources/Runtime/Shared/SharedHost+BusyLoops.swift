import Goridge

/// Watches for handlers that occupy an event loop, since the handlers of other slots must not wait for them.
extension SharedHost {
    /// Checks the event loops. Handlers share them with other slots' relays; one that does not suspend must not delay RoadRunner's
    /// commands.
    func watchLoops() {
        guard self.result == nil else { return }
        let marks = self.loops.map(\.jobMark)
        self.busyLoops = Set(
            marks.indices.filter { marks[$0] != nil && self.marks.indices.contains($0) && self.marks[$0] == marks[$0] })
        self.marks = marks
        if !self.busyLoops.isEmpty { self.hearCommands() }
        let pause = self.busyLoops.isEmpty ? Limit.watch : Limit.watch / 10
        _ = self.control.schedule(after: pause) { [weak self] in self?.watchLoops() }
    }

    private func hearCommands() {
        // Slots move to another event loop of this host, or to the next host.
        let canMove =
            switch self.registry.phase {
            case .serving: self.busyLoops.count < self.loops.count
            case .draining: self.terminationSequence == nil
            case .booting, .shuttingDown: false
            }
        for (id, slot) in self.slots where !slot.isLost && !slot.isStopped {
            guard let loop = self.registry.loop(of: id), self.busyLoops.contains(loop), let workerLoop = slot.workerLoop,
                let word = slot.hearCommand(canMove: canMove)
            else { continue }
            switch word {
            case .handshake: workerLoop.noteHandshake()
            case .stop: self.stop(id, slot, workerLoop)
            case .moves: self.move(id, slot, workerLoop)
            }
        }
    }

    /// Lets a slot look for a host again, which is this one if it still takes slots.
    private func move(_ id: SlotID, _ slot: HostedSlot, _ workerLoop: WorkerLoop) {
        // The slot keeps its place until the worker loop, which must not read any more, has ended.
        slot.isLost = true
        self.perform(self.registry.lost(id))
        workerLoop.handOver()
        slot.release(code: nil)
        if self.registry.phase == .draining, self.registry.abandoned(id) { self.shutdownKernel() }
    }

    private func stop(_ id: SlotID, _ slot: HostedSlot, _ workerLoop: WorkerLoop) {
        slot.isStopped = true
        workerLoop.handOver()
        if self.registry.leaves(id) {
            // There is no need to wait for the slot's worker loop.
            self.slots[id] = nil
            _ = self.registry.ended(id)
            self.lastSlots.append((slot, 0))
            return self.shutdownKernel()
        }
        self.perform(self.registry.lost(id))
        slot.release(code: 0)
    }

    /// The time of the slot's worker loop is over. Only another process gets rid of a handler that occupies its thread for ever.
    func abandon(_ id: SlotID) {
        guard let service, let slot = self.slots[id], let loop = self.registry.loop(of: id), self.busyLoops.contains(loop) else {
            return
        }
        service.willBeReplaced(
            because:
                "a handler keeps its thread, \(service.stopDeadline) after its worker has ended (pid \(slot.introduction.processID))"
        )
        if self.registry.abandoned(id) { self.shutdownKernel() } else { self.drain() }
    }
}
