public import Configuration

/// A part of a product that the environment switches on. List it in ``Kernel/integrations``.
public protocol LaunchIntegration: Sendable {
    /// Changes the options before anything else sees them.
    ///
    /// - Throws: what is wrong with the configuration; the process does not start then.
    func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws

    /// Adds to the process before its runtime begins.
    ///
    /// - Throws: what is wrong with the configuration; the process does not start then.
    func attach(to launch: LaunchContext) throws
}

extension LaunchIntegration {
    public func prepare(_ options: inout RuntimeOptions, _ configuration: ConfigReader) throws {}
    public func attach(to launch: LaunchContext) throws {}
}
