/// The limits at which a worker asks RoadRunner for a replacement, before RoadRunner's own limits (`pool.supervisor`) end it in the
/// middle of a request.
public struct RecycleLimits: Sendable, Hashable {
    /// The limit of resident memory, in bytes; nil for no limit. It is checked after responses, once a second at most.
    public var residentMemory: Int?
    /// The limit of the process's age; nil for no limit. Each process subtracts up to a tenth at random, so that not all end at the
    /// same time.
    public var age: Duration?

    /// Creates limits; nil means no limit.
    public init(residentMemory: Int? = nil, age: Duration? = nil) {
        self.residentMemory = residentMemory
        self.age = age
    }
}
