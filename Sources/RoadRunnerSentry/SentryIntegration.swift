public import Configuration
public import RoadRunnerRuntime

/// Reports errors to the Sentry server that `SENTRY_DSN` names, if it is set.
///
/// ```swift
/// static var integrations: [any LaunchIntegration] { [SentryIntegration()] }
/// ```
///
/// `SENTRY_ENVIRONMENT`, `SENTRY_RELEASE`, `SENTRY_SERVER_NAME` and `SENTRY_SAMPLE_RATE` set ``SentryReporter/Options``.
public struct SentryIntegration: LaunchIntegration {
    /// Creates the integration, which reads its settings from the environment.
    public init() {}

    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {
        guard let dsn = configuration.text("sentry.dsn", isSecret: true) else { return }
        var sentry = SentryReporter.Options()
        sentry.environment = configuration.text("sentry.environment") ?? options.environment.rawValue
        sentry.release = configuration.text("sentry.release")
        if let name = configuration.text("sentry.server.name") { sentry.serverName = name }
        if let text = configuration.text("sentry.sample.rate") {
            guard let rate = Double(text), (0...1).contains(rate) else {
                throw OptionError(key: "SENTRY_SAMPLE_RATE", value: text, expectation: "a number from 0 to 1")
            }
            sentry.sampleRate = rate
        }
        options.errorReporters.append(SentryReporter(dsn: try SentryDSN(dsn), options: sentry))
    }
}
