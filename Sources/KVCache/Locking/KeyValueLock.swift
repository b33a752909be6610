/// A held lock, for the work that ``KeyValueStore`` runs under it.
public struct KeyValueLock: Sendable {
    private let lock: HeldLock

    init(_ lock: HeldLock) { self.lock = lock }

    /// Whether the lock is still held, as far as this process knows.
    public var isHeld: Bool { self.lock.isLive }

    /// Holds the lock for `lease` from now on, whether that is longer or shorter than before.
    ///
    /// - Parameter lease: more than a year counts as a year.
    /// - Throws: ``KeyValueError/Code/lockLost`` when the lock has ended, and another task may hold it.
    public func renew(for lease: Duration) async throws { try await self.lock.renew(for: lease) }
}
