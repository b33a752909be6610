import Configuration
import RoadRunnerRuntime
import RoadRunnerSentry
import Synchronization
import Testing

/// Records which values are read, as an access log of the configuration does.
private final class Accesses: AccessReporter {
    let isSecret = Mutex<[String: Bool]>([:])

    func report(_ event: AccessEvent) {
        guard case .success(let value?) = event.result else { return }
        self.isSecret.withLock { $0[event.metadata.key.components.joined(separator: ".")] = value.isSecret }
    }
}

@Suite struct SentryIntegrationTests {
    /// The DSN contains a key.
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
