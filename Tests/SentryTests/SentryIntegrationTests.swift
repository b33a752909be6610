import Configuration
import RoadRunnerRuntime
import RoadRunnerSentry
import Synchronization
import Testing

/// Sees which values are read, as a log of configuration accesses does.
private final class Accesses: AccessReporter {
    let isSecret = Mutex<[String: Bool]>([:])

    func report(_ event: AccessEvent) {
        guard case .success(let value?) = event.result else { return }
        self.isSecret.withLock { $0[event.metadata.key.components.joined(separator: ".")] = value.isSecret }
    }
}

@Suite struct SentryIntegrationTests {
    /// The address has a key in it.
    @Test func theAddressIsReadAsASecret() throws {
        let accesses = Accesses()
        let environment = ["SENTRY_DSN": "http://key@127.0.0.1:1/42", "SENTRY_RELEASE": "1.2.3"]
        let configuration = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: environment), accessReporter: accesses)
        var options = RuntimeOptions()
        try SentryIntegration().prepare(&options, configuration)
        #expect(options.errorReporters.count == 1)
        #expect(accesses.isSecret.withLock { $0 } == ["sentry.dsn": true, "sentry.release": false])
    }
}
