/// The options of a module that has none.
public struct NoOptions: ModuleOptions {
    /// Creates the options.
    public init() {}
    public func read(_ reader: OptionReader) {}
}
