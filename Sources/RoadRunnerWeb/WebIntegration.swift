public import Configuration
import HTTPWorker
public import RoadRunnerRuntime

/// Installs the pages of the web toolbox for HTTP: error pages, and the inspector in debug.
///
/// The product `RoadRunner` adds it to every kernel that it starts.
public struct WebIntegration: LaunchIntegration {
    /// Creates the integration.
    public init() {}

    /// Installs the pages.
    ///
    /// - Throws: `OptionError` for an invalid option of HTTP.
    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {
        // The property would hide invalid options: the value that it returns counts as set by the code.
        var http = try options.inForce(HTTPOptions.self)
        http.pages = WebPages()
        options.http = http
        options.hasInspector = http.inspectorPath != nil
    }
}
