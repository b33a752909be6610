public import Configuration

/// A part of a product that the environment enables. List it in ``Kernel/integrations``.
public protocol LaunchIntegration: Sendable {
    /// Changes the options before anything else reads them.
    ///
    /// - Throws: an error in the configuration, with which the process does not start.
    func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws

    /// Adds to the process before its runtime begins.
    ///
    /// - Throws: an error in the configuration, with which the process does not start.
    func attach(to launch: LaunchContext) throws
}

extension LaunchIntegration {
    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {}
    public func attach(to launch: LaunchContext) throws {}
}
