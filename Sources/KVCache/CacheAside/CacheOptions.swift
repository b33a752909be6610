/// How `KeyValueStore.value(for:as:expiresIn:tags:options:compute:)` computes.
public struct CacheOptions: Sendable {
    /// Recomputes a value before it ends, by one task and with growing probability, so that nobody has to wait for it when it has:
    /// the "beta" of Symfony's cache contracts. 1 is a good choice, more is earlier; nil, the default, is never.
    ///
    /// Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", 2015.
    public var earlyExpirationBeta: Double?
    /// Whether an entry that cannot be read, does not open, or is of another type, and a storage that cannot be reached, count as a
    /// miss. By default they are errors.
    public var treatsFailuresAsMisses = false
    /// How long others wait for a value that is being computed in another worker, before they compute it as well.
    public var timeout = Duration.seconds(30)
    /// After this another worker may compute the value, even though this one still does.
    public var computeLease = Duration.seconds(60)

    /// Creates options with their default values.
    public init() {}
}
