import CSlot
import Goridge
import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The process behind all workers of a pool: it accepts slots, serves their relays, and releases them.
///
/// Everything that concerns slots happens on its control loop, a separate thread, so that no handler delays a slot that comes or
/// goes. ``SlotRegistry`` makes the decisions.
final class SharedHost: PollHandler, @unchecked Sendable {
    enum Limit {
        /// The time that a connection may stay silent, and that the first slot may take to arrive, in nanoseconds.
        static let introduction: UInt64 = 10_000_000_000
        /// The time without a new slot after which the number of slots is logged, in nanoseconds.
        static let settling: UInt64 = 1_000_000_000
        /// The time that the last slot waits for another one before the kernel is shut down.
        static let lastSlot = Duration.milliseconds(100)
        /// The interval of checks whether a handler occupies an event loop, in nanoseconds.
        static let watch: UInt64 = 500_000_000
        /// The interval of checks for the host of another program, in nanoseconds, and the age that it must have, in seconds.
        static let successorWatch: UInt64 = 3_000_000_000
        static let successorAge: CInt = 5
    }

    let control: PollEventLoop
    /// Connects to RoadRunner, one relay after the other, as it accepts them.
    private let connecting: PollEventLoop
    let loops: [PollEventLoop]
    private let listener: CInt
    private let memory: SlotMemory

    // Everything below is confined to the control loop.
    var registry: SlotRegistry
    var slots: [SlotID: HostedSlot] = [:]
    /// The connections of slots that have not introduced themselves, or that wait for the end of this process.
    private var newConnections: [ObjectIdentifier: SlotConnection] = [:]
    private var hasHadSlots = false
    private var settlingTimer: TimerHeap.Token?
    var service: HostService?
    var result: WorkerExit?
    /// The shutdown that a signal has begun.
    var terminationSequence: ShutdownSequence?
    var isHandingOver = false
    private var isShuttingDownKernel = false
    /// The event loops' marks at the last check.
    var marks: [UInt64?] = []
    /// The event loops that are occupied by a handler.
    var busyLoops: Set<Int> = []
    /// The slots that are released once the kernel is shut down, with their exit codes.
    var lastSlots: [(slot: HostedSlot, code: CInt?)] = []
    private var waiter: UnsafeContinuation<WorkerExit, Never>?
    /// Ends a boot that is no longer awaited.
    var abandonBoot: (@Sendable () -> Void)?

    /// Starts accepting slots.
    init(listener: CInt) throws {
        roadrunner_shared_raise_limit()
        self.listener = listener
        self.memory = try SlotMemory()
        self.control = try PollEventLoop(name: "rr-slots")
        self.connecting = try PollEventLoop(name: "rr-connect")
        self.loops = try (0..<max(1, System.coreCount)).map { _ in try PollEventLoop() }
        self.registry = SlotRegistry(places: Int(ROADRUNNER_SHARED_SLOTS), loops: self.loops.count)
        self.control.execute {
            self.control.register(listener, interest: .read, handler: self)
            _ = self.control.schedule(after: Limit.introduction) {
                if !self.hasHadSlots { self.endWithoutSlots() }
            }
        }
    }

    // MARK: Slots arrive

    func descriptorReady(_ descriptor: CInt, _ events: PollEvents) { self.acceptAll() }

    private func acceptAll() {
        self.control.assertInEventLoop()
        while true {
            let slot = roadrunner_shared_accept(self.listener)
            switch slot {
            case -1: return
            // The slot of another user.
            case -2: continue
            case -3: return self.pauseAccepting()
            default: self.accept(slot)
            }
        }
    }

    /// Pauses while all descriptors are in use: the listener would be readable all the time.
    private func pauseAccepting() {
        self.control.deregister(self.listener)
        _ = self.control.schedule(after: Limit.watch / 5) { [weak self] in
            guard let self, self.result == nil else { return }
            self.control.register(self.listener, interest: .read, handler: self)
            self.acceptAll()
        }
    }

    private func accept(_ descriptor: CInt) {
        let connection = SlotConnection(descriptor, loop: self.control) { connection, event in
            switch event {
            case .introduced(let introduction): self.introduced(introduction, connection)
            case .ended: self.dismiss(connection)
            }
        }
        let key = ObjectIdentifier(connection)
        self.newConnections[key] = connection
        _ = self.control.schedule(after: Limit.introduction) { [weak self, weak connection] in
            guard let self, let connection, self.registry.phase != .shuttingDown else { return }
            self.dismiss(connection)
        }
    }

    private func dismiss(_ connection: SlotConnection) {
        guard self.newConnections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connection.close()
    }

    private func introduced(_ introduction: SlotIntroduction, _ connection: SlotConnection) {
        self.control.assertInEventLoop()
        switch self.registry.arrived(avoiding: self.busyLoops) {
        case .held:
            // The slot looks for the next host once this one is gone.
            SystemCall.closeDescriptor(introduction.standardError)
            introduction.relay?.close()
        case .refused:
            SystemCall.closeDescriptor(introduction.standardError)
            introduction.relay?.close()
            connection.refuse()
            self.dismiss(connection)
        case .attached(let id, let place, let isServed, let speaks):
            self.newConnections[ObjectIdentifier(connection)] = nil
            self.hasHadSlots = true
            let slot = HostedSlot(introduction, connection, self.memory.activity(at: place))
            self.slots[id] = slot
            connection.attached(place: place, memory: self.memory.descriptor)
            connection.received = { [weak self] _, _ in self?.lost(id) }
            if speaks { self.speak(by: slot) }
            self.noteArrival()
            if isServed { self.open(id, slot) }
        }
    }

    /// Writes this process's lines to the standard error of a slot, which RoadRunner reads.
    private func speak(by slot: HostedSlot) {
        for target in [CInt(1), 2] { dup2(slot.introduction.standardError, target) }
    }

    private func noteArrival() {
        guard self.service != nil else { return }
        if let settlingTimer { self.control.cancel(settlingTimer) }
        self.settlingTimer = self.control.schedule(after: Limit.settling) { [weak self] in self?.service?.settled() }
    }

    // MARK: Slots are served

    /// Begins to serve slots.
    func begin(_ service: HostService, _ waiter: UnsafeContinuation<WorkerExit, Never>) {
        self.control.assertInEventLoop()
        if let result { return waiter.resume(returning: result) }
        self.waiter = waiter
        self.service = service
        self.memory.noteService()
        self.noteArrival()
        for id in self.registry.booted() { if let slot = self.slots[id] { self.open(id, slot) } }
        if self.registry.phase == .shuttingDown { self.endWithoutSlots() }
        self.watchLoops()
        self.watchForSuccessor()
    }

    /// Slots of a new program have their own host. Once there is one, the other slots follow.
    private func watchForSuccessor() {
        guard self.result == nil, self.registry.phase == .serving else { return }
        if roadrunner_shared_has_successor(Limit.successorAge) != 0 {
            self.service?.willBeReplaced(because: "the program was replaced")
            return self.drain()
        }
        if roadrunner_shared_has_lost_name() != 0 {
            self.service?.willBeReplaced(because: "the socket on which workers find this process was removed")
            return self.drain()
        }
        _ = self.control.schedule(after: Limit.successorWatch) { [weak self] in self?.watchForSuccessor() }
    }

    private func open(_ id: SlotID, _ slot: HostedSlot) {
        self.control.assertInEventLoop()
        guard let service = self.service else { return }
        if let relay = slot.relay {
            if service.address == .pipes {
                SystemCall.enlargePipe(relay.input)
                SystemCall.enlargePipe(relay.output)
            }
            return self.run(id, slot)
        }
        // Only now, when the handshake can be answered at once.
        let address = service.address
        self.connecting.execute {
            let result = Result { () throws(RelayConnectionError) in try RelayConnection.connect(to: address) }
            self.control.execute { self.connected(id, result) }
        }
    }

    private func connected(_ id: SlotID, _ result: Result<RelayDescriptors, RelayConnectionError>) {
        self.control.assertInEventLoop()
        guard let slot = self.slots[id], slot.workerLoop == nil, !slot.isLost else {
            if case .success(let relay) = result { relay.close() }
            return
        }
        switch result {
        case .success(let relay):
            slot.relay = relay
            // Otherwise the slot has ended, which its connection reports.
            if slot.connection.connected(relay.input) { self.run(id, slot) }
        case .failure(let error):
            Launcher.report("\(error)")
            self.ended(id, .failure(""))
        }
    }

    private func run(_ id: SlotID, _ slot: HostedSlot) {
        guard let service, let number = self.registry.loop(of: id), let relay = slot.takeRelay() else { return }
        let workerLoop = service.makeLoop(number, relay, slot) { sequence in await self.leaves(id, sequence) }
        slot.workerLoop = workerLoop
        if self.registry.phase == .draining { workerLoop.requestReplacement() }
        Task.detached {
            let exit = await workerLoop.run()
            self.control.execute { self.ended(id, exit) }
        }
    }

    // MARK: Slots leave

    /// A slot has no work left. The last one waits until the kernel is shut down.
    private func leaves(_ id: SlotID, _ sequence: ShutdownSequence) async {
        // RoadRunner may be about to start other workers: those with a limit of requests reach it at the same time.
        if await self.control.submit({ self.registry.isLast(id) }) { _ = await Limit.lastSlot.hasPassed() }
        let service = await self.control.submit { self.registry.leaves(id) ? self.service : nil }
        await service?.shutdownKernel(sequence)
    }

    private func ended(_ id: SlotID, _ exit: WorkerExit) {
        self.control.assertInEventLoop()
        guard let slot = self.slots[id] else { return }
        if let message = exit.message, !message.isEmpty, !slot.isLost {
            Launcher.report("the worker with the pid \(slot.introduction.processID): \(message)")
        }
        self.depart(id, code: exit == .handedOver ? nil : exit.code)
    }

    private func lost(_ id: SlotID) {
        self.control.assertInEventLoop()
        guard let slot = self.slots[id], !slot.isLost else { return }
        slot.isLost = true
        self.perform(self.registry.lost(id))
        slot.closeStandardError()
        slot.connection.close()
        guard let workerLoop = slot.workerLoop else { return self.depart(id, code: nil) }
        workerLoop.slotEnded()
        guard let service = self.service else { return }
        _ = self.control.schedule(after: service.stopDeadline.clampedNanoseconds) { [weak self] in self?.abandon(id) }
    }

    private func depart(_ id: SlotID, code: CInt?) {
        self.control.assertInEventLoop()
        guard let slot = self.slots.removeValue(forKey: id) else { return }
        let departure = self.registry.ended(id)
        self.perform(departure)
        // Once the last slot has left there may be another host, whose kernel must be the only one.
        if departure.shutsDownKernel {
            self.lastSlots.append((slot, code))
            self.endWithoutSlots()
        } else if self.registry.phase == .shuttingDown, self.registry.isDone || self.isShuttingDownKernel {
            self.lastSlots.append((slot, code))
            self.finishWhenEmpty()
        } else {
            slot.release(code: code)
        }
    }

    func perform(_ departure: SlotRegistry.Departure) {
        self.control.assertInEventLoop()
        if let speaker = departure.speaker, let slot = self.slots[speaker] { self.speak(by: slot) }
    }

    // MARK: The end

    /// Lets another process take over: RoadRunner is asked for other workers, which find another host.
    func drain() {
        guard self.registry.drain() else { return }
        // First of all: a released slot must not come back.
        self.giveUpName()
        for slot in self.slots.values { slot.workerLoop?.requestReplacement() }
    }

    private func giveUpName() {
        roadrunner_shared_give_up_name()
        // Refuses the slots that have found this host before, so that they look again.
        self.acceptAll()
    }

    /// Ends the host, since no slot is left that needs the kernel, or none has arrived.
    private func endWithoutSlots() {
        _ = self.registry.end()
        guard self.service != nil else {
            self.abandonBoot?()
            // The application's code before its boot cannot be awaited.
            _ = self.control.schedule(after: Limit.introduction) { _exit(1) }
            return
        }
        self.shutdownKernel()
    }

    func shutdownKernel(_ sequence: ShutdownSequence? = nil) {
        guard let service, !self.isShuttingDownKernel else { return }
        self.isShuttingDownKernel = true
        let sequence = sequence ?? ShutdownSequence(limit: service.stopDeadline)
        Task.detached {
            await service.shutdownKernel(sequence)
            self.control.execute {
                self.isShuttingDownKernel = false
                self.finishWhenEmpty()
            }
        }
    }

    private func finishWhenEmpty() {
        // Slots that another host will serve only wait for the end of this process.
        guard self.registry.phase == .shuttingDown, self.registry.isDone || self.isHandingOver, !self.isShuttingDownKernel else {
            return
        }
        self.finish(.regular)
    }

    /// Ends the host.
    ///
    /// - Parameter code: the exit code of the remaining slots; nil when they must look for another host.
    func finish(_ exit: WorkerExit, code: CInt? = nil) {
        self.control.assertInEventLoop()
        guard self.result == nil else { return }
        self.result = exit
        roadrunner_shared_give_up_name()
        self.control.deregister(self.listener)
        SystemCall.closeDescriptor(self.listener)
        for (slot, code) in self.lastSlots { slot.release(code: code) }
        self.lastSlots = []
        // Without a code the relay may still be read here: the slots wait for the end of this process.
        if let code { for slot in self.slots.values { slot.release(code: code) } }
        for connection in self.newConnections.values { connection.close() }
        self.newConnections = [:]
        self.waiter?.resume(returning: exit)
        self.waiter = nil
    }
}
