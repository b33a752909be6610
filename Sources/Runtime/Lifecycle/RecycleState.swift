import Goridge

/// The limits of one process: a value, which is given the time.
struct RecycleState: Sendable {
    private let memoryLimit: Int?
    private let end: UInt64?
    private var nextLook: UInt64 = 0

    init(_ limits: RecycleLimits, now: UInt64, using generator: inout some RandomNumberGenerator) {
        self.memoryLimit = limits.residentMemory
        self.end = limits.age.map { age in
            let length = age.clampedNanoseconds
            let less = UInt64.random(in: 0...(length / 10), using: &generator)
            let end = now.addingReportingOverflow(length - less)
            return end.overflow ? .max : end.partialValue
        }
    }

    var hasLimits: Bool { self.memoryLimit != nil || self.end != nil }

    /// - Parameter memory: called once a second at most.
    /// - Returns: the reason why another worker should take over; nil when there is none.
    mutating func reason(now: UInt64, memory: () -> Int?) -> String? {
        if let end, now >= end { return "it has reached its maximum age" }
        guard let memoryLimit, now >= self.nextLook else { return nil }
        self.nextLook = now.addingReportingOverflow(1_000_000_000).partialValue
        guard let resident = memory(), resident > memoryLimit else { return nil }
        return "it has \(resident) bytes of resident memory, more than \(memoryLimit)"
    }
}
