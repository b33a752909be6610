/// The delays between attempts to connect: longer each time, and with jitter, so that processes do not retry in step.
package struct BackOff: Sendable {
    /// The first delay, in nanoseconds.
    package static let shortest: UInt64 = 20_000_000
    /// The longest delay, in nanoseconds.
    package static let longest: UInt64 = 2_000_000_000

    package private(set) var failures = 0

    package init() {}

    package mutating func reset() { self.failures = 0 }

    /// Returns the delay after one more failure: between half and all of the delay for that number of failures.
    package mutating func next(using random: inout some RandomNumberGenerator) -> UInt64 {
        let doublings = min(self.failures, 7)
        self.failures = min(self.failures + 1, 1000)
        let wait = min(Self.shortest << UInt64(doublings), Self.longest)
        return UInt64.random(in: wait / 2...wait, using: &random)
    }
}
