import Testing

@testable import RoadRunnerRuntime

private struct Wrong: Error {}

@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
    @Test func operationsInTimeReturnTheirResult() async throws {
        #expect(try await withDeadline(.seconds(60)) { 7 } == 7)
        await #expect(throws: Wrong.self) { try await withDeadline(.seconds(60)) { throw Wrong() } }
        #expect(await ends(within: .seconds(60)) {})
    }

    @Test func operationsThatIgnoreCancellationAreAbandoned() async throws {
        await #expect(throws: DeadlineExceeded(limit: .milliseconds(10))) {
            try await withDeadline(.milliseconds(10)) { await hang() }
        }
        #expect(await !ends(within: .zero) { await hang() })
        await Task { await hang() }.value(within: .milliseconds(10))
    }

    @Test func theLoserIsCancelledAndItsReturnReported() async throws {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        await #expect(throws: DeadlineExceeded.self) {
            try await withDeadline(.milliseconds(10), returnedLate: { (_: Void?) in continuation.yield("late") }) {
                do { try await Task.sleep(for: .seconds(3600)) } catch { continuation.yield("cancelled") }
            }
        }
        var iterator = lines.makeAsyncIterator()
        #expect(await iterator.next() == "cancelled")
        #expect(await iterator.next() == "late")
    }

    @Test func cancellingTheCallerCancelsTheOperation() async throws {
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await withDeadline(.seconds(3600)) {
                continuation.finish()
                try await Task.sleep(for: .seconds(3600))
            }
        }
        for await _ in started {}
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func anEarlierEndCounts() async throws {
        await #expect(throws: DeadlineExceeded.self) {
            try await withDeadline(.seconds(3600), orUntil: {}) { await hang() }
        }
        // The function does not wait for the earlier end when the operation has ended.
        #expect(try await withDeadline(.seconds(3600), orUntil: { await hang() }) { 1 } == 1)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.max / 2), .seconds(Int64.min), .nanoseconds(-1)])
    func noDurationTraps(_ limit: Duration) async throws {
        _ = try? await withDeadline(limit) { 1 }
        _ = await ends(within: limit) {}
        #expect(await ShutdownSequence(limit: limit).step("nothing") {} || limit < .zero)
    }
}
