public import Configuration
import HTTPWorker
public import RoadRunnerRuntime

/// Gives HTTP the pages of the web toolbox: for errors, and the inspector in debug.
///
/// Kernels that are started by the product `RoadRunner` have it.
public struct WebIntegration: LaunchIntegration {
    public init() {}

    /// Installs the pages.
    ///
    /// - Throws: `OptionError` where one of HTTP's options makes no sense.
    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {
        // The property would hide options that make no sense: what it gives is taken for what the code has set.
        var http = try options.inForce(HTTPOptions.self)
        http.pages = WebPages()
        options.http = http
        options.hasInspector = http.inspectorPath != nil
    }
}
