import Goridge
import Testing

/// Tests durations that would overflow a clock.
@Suite struct DurationTests {
    @Test func clocksAcceptEveryClampedDuration() async throws {
        let huge = Duration.seconds(Int64.max) + .seconds(Int64.max)
        for duration in [huge, .seconds(Int64.max), .seconds(4_000_000_000)] {
            #expect(duration.clamped() == .longest)
            #expect(duration.clampedNanoseconds == 3_153_600_000_000_000_000)
            #expect(duration.clamped(to: .seconds(5)) == .seconds(5))
            let task = Task { try await Task.sleep(for: duration.clamped()) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        // Go counts nanoseconds in 64 bits.
        #expect(Duration.longest.clampedNanoseconds < UInt64(Int64.max))
        for duration in [.zero - huge, .seconds(-1), .zero] {
            #expect(duration.clamped() == .zero)
            #expect(duration.clampedNanoseconds == 0)
        }
        #expect(Duration.nanoseconds(7).clampedNanoseconds == 7)
        #expect((Duration.seconds(1) + .nanoseconds(1)).clampedNanoseconds == 1_000_000_001)
    }
}
