/// The locks that the current task holds, so that it does not wait for itself.
struct HeldLocks: Sendable {
    @TaskLocal static var current = HeldLocks()

    private var locks: [HeldLock] = []

    func adding(_ lock: HeldLock) -> HeldLocks {
        var held = self
        held.locks.append(lock)
        return held
    }

    func contains(_ name: LockName, in backend: any StorageBackend) -> Bool {
        self.locks.contains { $0.isLive(name, in: backend) }
    }

    /// Whether one of them is shared with other keys.
    var hasStripe: Bool { self.locks.contains { $0.name.isStripe && $0.isLive } }
    var isEmpty: Bool { !self.locks.contains(where: \.isLive) }
}
