/// How `KeyValueStore.value(for:as:timeToLive:tags:options:compute:)` computes.
public struct CacheOptions: Sendable {
    /// Recomputes a value before it expires, in one task and with growing probability, so no caller has to wait when it does: the
    /// "beta" of Symfony's cache contracts. 1 is a good choice, higher values are earlier; nil, the default, is never.
    ///
    /// Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", 2015.
    public var earlyExpirationBeta: Double?
    /// Whether an entry that cannot be read, cannot be opened or has another type, and a storage that cannot be reached, count as a
    /// miss. By default they are errors.
    public var treatsFailuresAsMisses = false
    /// How long other workers wait for a value that one worker computes, before they compute it as well.
    public var timeout = Duration.seconds(30)
    /// The time after which another worker may compute the value as well.
    public var computeLease = Duration.seconds(60)

    /// Creates options with their default values.
    public init() {}
}
