import Configuration
import RoadRunnerRuntime

/// Tells the operator which product is to be added where the environment asks for one that the program does not use.
struct MissingProducts: LaunchIntegration {
    func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {
        // An application that has a reporter may have read the variable itself.
        guard configuration.text("sentry.dsn") != nil, options.errorReporters.isEmpty else { return }
        Launcher.report(
            """
            SENTRY_DSN is set, but this program does not report to Sentry: add the product RoadRunnerSentry to its target, and \
            SentryIntegration() to Kernel.integrations
            """)
    }
}
