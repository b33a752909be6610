import Configuration
import RoadRunnerRuntime

/// Reports a product that the environment requires and the program does not use.
struct MissingProducts: LaunchIntegration {
    func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {
        // An application with its own reporter may have read the variable itself.
        guard configuration.text("sentry.dsn", isSecret: true) != nil, options.errorReporters.isEmpty else { return }
        Launcher.report(
            """
            SENTRY_DSN is set, but this program does not report to Sentry: add the product RoadRunnerSentry to its target, and \
            SentryIntegration() to Kernel.integrations
            """)
    }
}
