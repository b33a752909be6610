/// How long to wait between attempts to connect: longer each time, and never in step with other processes.
package struct BackOff: Sendable {
    /// The first wait, in nanoseconds.
    package static let shortest: UInt64 = 20_000_000
    /// No wait is longer, in nanoseconds.
    package static let longest: UInt64 = 2_000_000_000

    package private(set) var failures = 0

    package init() {}

    package mutating func reset() { self.failures = 0 }

    /// The wait after one more failure: between half and all of what the number of failures asks for.
    package mutating func next(using random: inout some RandomNumberGenerator) -> UInt64 {
        let doublings = min(self.failures, 7)
        self.failures = min(self.failures + 1, 1000)
        let wait = min(Self.shortest << UInt64(doublings), Self.longest)
        return UInt64.random(in: wait / 2...wait, using: &random)
    }
}
