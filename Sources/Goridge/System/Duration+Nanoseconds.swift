extension Duration {
    /// The longest duration, 100 years, which clocks, sums and Go's 64-bit nanoseconds can hold. Longer ones count as this one.
    package static let longest = Duration.seconds(100 * 365 * 86_400)

    /// Returns the duration clamped from zero to a limit, so that it can be added to others, or passed to a clock or to RoadRunner.
    ///
    /// `Task.sleep(for:)` and `components` trap for durations whose seconds do not fit into 64 bits; a clock adds the current time
    /// to them.
    package func clamped(to limit: Duration = .longest) -> Duration { Swift.max(.zero, Swift.min(self, limit)) }

    /// The duration in nanoseconds, from zero up to ``longest``.
    package var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = self.clamped().components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
