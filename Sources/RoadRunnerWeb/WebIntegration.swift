public import Configuration
import HTTPWorker
public import RoadRunnerRuntime

/// Gives HTTP the pages of the web toolbox: for errors, and the inspector in debug.
///
/// Kernels that are started by the product `RoadRunner` have it.
public struct WebIntegration: LaunchIntegration {
    public init() {}

    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) { options.http.pages = WebPages() }
}
