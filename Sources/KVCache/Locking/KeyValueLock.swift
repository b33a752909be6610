/// A lock that is held, for the work that ``KeyValueStore`` runs under it.
public struct KeyValueLock: Sendable {
    private let lock: HeldLock

    init(_ lock: HeldLock) { self.lock = lock }

    /// Whether nobody else can have the lock, as far as this process can tell.
    public var isHeld: Bool { self.lock.isLive }

    /// Holds the lock for `lease` from now on, whether that is longer or shorter than before.
    ///
    /// - Parameter lease: more than a year counts as a year.
    /// - Throws: ``KeyValueError/Code/lockLost`` when the lock has ended, so that another task may have it.
    public func renew(for lease: Duration) async throws { try await self.lock.renew(for: lease) }
}
