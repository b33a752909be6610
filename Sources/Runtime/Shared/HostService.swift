import Goridge
import Logging
import Synchronization

/// The service of a host for its slots, once its kernel is built.
final class HostService: Sendable {
    let address: RelayAddress
    let stopDeadline: Duration
    private let launch: LaunchContext
    private let manager: WorkerHandlers.Manager
    private let handlers: [WorkerHandlers]
    private let loops: [PollEventLoop]
    private let slotCount: @Sendable () -> (count: Int, isWrapped: Bool)
    /// The number of slots that RoadRunner is configured to start; nil when it is unknown.
    private let workerCount: Int?
    private let hasSettled = Atomic(false)

    /// - Parameter slotCount: returns the number of slots, and runs on the control loop.
    init(
        _ launch: LaunchContext, address: RelayAddress, manager: WorkerHandlers.Manager, handlers: [WorkerHandlers],
        loops: [PollEventLoop], workerCount: Int?, slotCount: @escaping @Sendable () -> (count: Int, isWrapped: Bool)
    ) {
        self.launch = launch
        self.address = address
        self.stopDeadline = launch.options.stopDeadline
        self.manager = manager
        self.handlers = handlers
        self.loops = loops
        self.slotCount = slotCount
        self.workerCount = workerCount
    }

    func makeLoop(
        _ number: Int, _ relay: RelayDescriptors, _ slot: HostedSlot, leave: @escaping @Sendable (ShutdownSequence) async -> Void
    ) -> WorkerLoop {
        var settings = WorkerSettings()
        settings.stopDeadline = self.stopDeadline
        settings.maximumPayloadSize = self.launch.options.maximumPayloadSize
        settings.processID = slot.introduction.processID
        settings.flushesStandardOutput = true
        settings.metrics = self.launch.events.metrics
        settings.wasServed = slot.introduction.wasServed
        settings.activity = slot.activity
        settings.leave = leave
        return WorkerLoop(
            loop: self.loops[number], descriptors: relay, handlers: self.handlers[number], logger: self.launch.logger,
            settings: settings)
    }

    func shutdownKernel(_ sequence: ShutdownSequence) async {
        await self.manager.shutdown(sequence)
        if let failure = sequence.failure { Launcher.report(failure) }
    }

    func willBeReplaced(because reason: String) { self.launch.logger.notice("another process takes over: \(reason)") }

    /// No more slots arrive for now.
    func settled() {
        guard !self.hasSettled.exchange(true, ordering: .relaxed) else { return }
        let (count, isWrapped) = self.slotCount()
        guard !isWrapped else {
            self.launch.logger.warning(
                """
                each worker of this pool has its own kernel, although APP_RUNTIME is "shared": another program starts them. Let it \
                end with `exec`, so that RoadRunner is their parent
                """)
            return
        }
        let workers = "worker\(count == 1 ? "" : "s")"
        // The others may follow, or belong to another host: a wrapper with its own process group is taken for RoadRunner.
        let others = self.workerCount.map { $0 > count ? " of \($0)" : "" } ?? ""
        self.launch.logger.info("1 kernel behind \(count) \(workers)\(others)")
    }
}
