/// Decides which kernel instance serves, and what happens to the others. A value without I/O: events go in, actions come out.
///
/// It guarantees that leases are granted only on the serving instance, and never during a reset, and that an instance is shut down
/// once, after its last lease has ended. Only a kernel that cannot run twice may be shut down earlier.
struct KernelStateMachine<Instance: AnyObject> {
    private enum Phase {
        /// There is no instance: the next request builds one.
        case unbooted
        /// The first instance is being built.
        case booting
        case serving(Instance)
        /// No lease is held, and none is granted.
        case resetting(Instance, ResetID)
        /// The instance will be replaced, and cannot run twice: its leases end, and no new one is granted.
        case draining(Instance)
        /// The instance is being shut down, and then another one is built.
        case replacing
        case stopped
    }

    /// The number of a reset, so that the end of an abandoned one does not count as the end of another.
    typealias ResetID = UInt64

    private struct Retired {
        let instance: Instance
        var leases: Int
        /// The reset in progress, which counts as a lease.
        var reset: ResetID?
        var isShutDown = false
    }

    private let overlapsOnReboot: Bool
    private var phase = Phase.unbooted
    /// The number of leases on the instance of the phase.
    private var leases = 0
    private var retired: [Retired] = []
    /// Whether another instance is being built while this one serves.
    private var isRebuilding = false
    /// The reason of a requested reboot that could not begin yet.
    private var pendingReason: String?
    /// Whether a reset is due that found no idle moment yet.
    private(set) var owesReset = false
    private var lastReset: ResetID = 0

    /// - Parameter overlapsOnReboot: whether two instances may run at the same time.
    init(overlapsOnReboot: Bool) { self.overlapsOnReboot = overlapsOnReboot }

    /// The instance that serves, or that is being reset or drained.
    var current: Instance? {
        switch self.phase {
        case .serving(let instance), .resetting(let instance, _), .draining(let instance): instance
        case .unbooted, .booting, .replacing, .stopped: nil
        }
    }

    var isResetting: Bool { if case .resetting = self.phase { true } else { false } }

    func isDraining(_ instance: Instance) -> Bool {
        if case .draining(let current) = self.phase { current === instance } else { false }
    }

    var isStopped: Bool { if case .stopped = self.phase { true } else { false } }

    /// Whether no instance serves, and requests wait for one that is being built.
    var isBooting: Bool {
        switch self.phase {
        case .booting, .replacing: true
        case .unbooted, .serving, .resetting, .draining, .stopped: false
        }
    }

    // MARK: Leases

    /// Grants a lease, if that is possible at once.
    mutating func acquire() -> Instance? {
        guard case .serving(let instance) = self.phase else { return nil }
        self.leases &+= 1
        return instance
    }

    enum Acquisition {
        case lease(Instance)
        /// Build the first instance, and wait.
        case boot
        case wait
        case stopped
    }

    /// Grants a lease, or returns what it takes to get one.
    mutating func acquireOrWait() -> Acquisition {
        switch self.phase {
        case .serving(let instance):
            self.leases &+= 1
            return .lease(instance)
        case .unbooted:
            self.phase = .booting
            return .boot
        case .booting, .resetting, .draining, .replacing: return .wait
        case .stopped: return .stopped
        }
    }

    /// The effects of a change.
    struct Effects {
        /// The instance to reset; ``resetEnded(_:_:)`` follows.
        var reset: (instance: Instance, id: ResetID)?
        /// The instance to shut down, which is no longer used.
        var shutdown: Instance?
        /// The instance to shut down before another one is built.
        var replace: Instance?
        /// The reboot to begin.
        var reboot: Reboot?
        /// Whether to wake waiters, since leases are available again, or never will be.
        var wakesWaiters = false
    }

    enum Reboot {
        /// Build another instance while this one serves.
        case overlapping(reason: String)
        /// Wait for the end of this instance's leases, though not for long.
        case draining(Instance, reason: String)
    }

    /// A lease has ended.
    ///
    /// - Parameters:
    ///   - reason: the reason to reboot; nil when there is none.
    ///   - isDemanded: whether the reboot was requested explicitly; such a reason is not forgotten.
    mutating func release(_ instance: Instance, reason: String?, isDemanded: Bool, hasResettables: Bool) -> Effects {
        var effects = Effects()
        guard self.current === instance else {
            self.releaseRetired(instance, &effects)
            if let reason, isDemanded { self.beginReboot(reason, isDemanded: true, &effects) }
            self.replaceWhenDrained(&effects)
            return effects
        }
        self.leases = max(0, self.leases - 1)
        if let reason { self.beginReboot(reason, isDemanded: isDemanded, &effects) }
        if hasResettables, case .serving = self.phase {
            if self.leases == 0 {
                self.lastReset &+= 1
                self.owesReset = false
                self.phase = .resetting(instance, self.lastReset)
                effects.reset = (instance, self.lastReset)
            } else {
                self.owesReset = true
            }
        }
        self.replaceWhenDrained(&effects)
        return effects
    }

    /// A lease on the serving instance has ended, without consequences.
    ///
    /// - Returns: false when it is another instance, or none serves; then nothing has changed.
    mutating func releasePlainly(_ instance: Instance) -> Bool {
        guard case .serving(let current) = self.phase, current === instance else { return false }
        self.leases = max(0, self.leases - 1)
        return true
    }

    /// An unused lease has ended.
    mutating func returnUnused(_ instance: Instance) -> Effects {
        self.release(instance, reason: nil, isDemanded: false, hasResettables: false)
    }

    private mutating func releaseRetired(_ instance: Instance, _ effects: inout Effects) {
        guard let index = self.retired.firstIndex(where: { $0.instance === instance }) else { return }
        self.retired[index].leases -= 1
        self.removeRetired(index, &effects)
    }

    private mutating func removeRetired(_ index: Int, _ effects: inout Effects) {
        let retired = self.retired[index]
        guard retired.leases <= 0, retired.reset == nil else { return }
        if !self.retired.remove(at: index).isShutDown { effects.shutdown = retired.instance }
    }

    // MARK: Resets

    /// A reset has ended.
    mutating func resetEnded(_ instance: Instance, _ id: ResetID) -> Effects {
        var effects = Effects()
        guard case .resetting(_, id) = self.phase else {
            // The instance was replaced in the meantime, or the reset abandoned.
            if let index = self.retired.firstIndex(where: { $0.reset == id }) {
                self.retired[index].reset = nil
                self.removeRetired(index, &effects)
            }
            return effects
        }
        self.phase = .serving(instance)
        effects.wakesWaiters = true
        self.beginPendingReboot(&effects)
        return effects
    }

    /// A reset takes too long: the instance serves without it.
    ///
    /// - Returns: nil when there is none.
    mutating func giveUpReset() -> Effects? {
        guard case .resetting(let instance, let id) = self.phase else { return nil }
        return self.resetEnded(instance, id)
    }

    // MARK: Reboots

    /// Begins a reboot, if that is possible now.
    mutating func requestReboot(_ reason: String, isDemanded: Bool) -> Effects {
        var effects = Effects()
        self.beginReboot(reason, isDemanded: isDemanded, &effects)
        self.replaceWhenDrained(&effects)
        return effects
    }

    private mutating func beginReboot(_ reason: String, isDemanded: Bool, _ effects: inout Effects) {
        switch self.phase {
        case .serving(let instance) where !self.overlapsOnReboot:
            self.phase = .draining(instance)
            effects.reboot = .draining(instance, reason: reason)
        case .resetting where !self.overlapsOnReboot:
            self.postpone(reason)
        case .serving, .resetting:
            if !self.isRebuilding {
                self.isRebuilding = true
                effects.reboot = .overlapping(reason: reason)
            } else if isDemanded {
                // The instance that is being built may be older than the reason.
                self.postpone(reason)
            }
        case .booting, .draining, .replacing:
            if isDemanded { self.postpone(reason) }
        case .unbooted, .stopped:
            return
        }
    }

    /// Remembers a requested reboot.
    mutating func postpone(_ reason: String) { self.pendingReason = self.pendingReason ?? reason }

    /// Whether a requested reboot could not begin yet.
    var hasPendingReboot: Bool { self.pendingReason != nil }

    /// Begins the remembered reboot.
    mutating func resumePendingReboot() -> Effects {
        var effects = Effects()
        self.beginPendingReboot(&effects)
        return effects
    }

    private mutating func beginPendingReboot(_ effects: inout Effects) {
        guard let reason = self.pendingReason else { return }
        self.pendingReason = nil
        self.beginReboot(reason, isDemanded: true, &effects)
        self.replaceWhenDrained(&effects)
    }

    private mutating func replaceWhenDrained(_ effects: inout Effects) {
        guard case .draining(let instance) = self.phase, self.leases == 0 else { return }
        self.phase = .replacing
        effects.replace = instance
    }

    /// The time to drain is over: the instance is shut down even though leases are held.
    mutating func drainLimitPassed(_ instance: Instance) -> Effects {
        var effects = Effects()
        guard case .draining(let current) = self.phase, current === instance else { return effects }
        self.retired.append(Retired(instance: instance, leases: self.leases, isShutDown: true))
        self.leases = 0
        self.phase = .replacing
        effects.replace = instance
        return effects
    }

    // MARK: Boots

    /// An instance was built. It serves from now on, unless the process ends: then it is shut down.
    mutating func booted(_ instance: Instance) -> Effects {
        var effects = Effects()
        switch self.phase {
        case .stopped:
            effects.shutdown = instance
            return effects
        case .unbooted, .booting, .replacing: break
        case .serving(let old), .draining(let old):
            self.retire(old, &effects)
        case .resetting(let old, let id):
            self.retire(old, reset: id, &effects)
        }
        self.phase = .serving(instance)
        self.leases = 0
        self.owesReset = false
        self.isRebuilding = false
        effects.wakesWaiters = true
        self.beginPendingReboot(&effects)
        return effects
    }

    private mutating func retire(_ old: Instance, reset: ResetID? = nil, _ effects: inout Effects) {
        self.retired.append(Retired(instance: old, leases: self.leases, reset: reset))
        self.removeRetired(self.retired.count - 1, &effects)
    }

    /// An instance could not be built. If another one serves, it stays.
    mutating func bootFailed() -> Effects {
        var effects = Effects()
        self.isRebuilding = false
        if self.isBooting {
            self.phase = .unbooted
            self.pendingReason = nil
            effects.wakesWaiters = true
        }
        return effects
    }

    // MARK: The end

    /// Stops granting leases.
    ///
    /// - Returns: the instances that must still be shut down.
    mutating func stop() -> [Instance] {
        let left = (self.current.map { [$0] } ?? []) + self.retired.filter { !$0.isShutDown }.map(\.instance)
        self.phase = .stopped
        self.retired = []
        self.pendingReason = nil
        return left
    }
}
