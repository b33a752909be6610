import Configuration
import RoadRunnerRuntime

/// Whether a program shows clients the details of errors, as in development.
enum DebugMode {
    /// - Parameter variables: all that the program sees.
    /// - Returns: false also for invalid values, with which it does not start.
    static func isOn(_ variables: [String: String]) -> Bool {
        let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        return (try? RuntimeOptions().overlaid(by: reader))?.isDebug ?? false
    }
}
