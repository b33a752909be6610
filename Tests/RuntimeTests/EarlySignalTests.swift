import Testing

@testable import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Run in separate processes, since signals affect a whole process.
@Suite(.timeLimit(.minutes(1))) struct EarlySignalTests {
    @Test func aSignalThatComesBeforeItIsTrappedIsNotLost() async {
        await #expect(processExitsWith: .exitCode(7)) { () async throws in
            EarlySignals.remember()
            kill(getpid(), SIGTERM)
            let signals = await TerminationSignals(deadline: .seconds(30))
            signals.setAction { exit(7) }
            try await Task.sleep(for: .seconds(20))
        }
    }

    @Test func runtimesWithoutATrapAreEndedByIt() async {
        await #expect(processExitsWith: .signal(SIGTERM)) { () async throws in
            EarlySignals.remember()
            kill(getpid(), SIGTERM)
            // The handler may run on any thread.
            try await Task.sleep(for: .milliseconds(100))
            EarlySignals.giveBack()
            try await Task.sleep(for: .seconds(20))
        }
    }
}
