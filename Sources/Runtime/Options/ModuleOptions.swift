/// The options of one module, which it reads from its own keys.
///
/// Each value is taken from the environment; where that has none from the file `.env`; where that has none from ``Kernel/options``; where
/// that says nothing it is the module's default.
///
/// ```swift
/// extension RuntimeOptions {
///     public var mail: MailOptions {
///         get { self[MailOptions.self] }
///         set { self[MailOptions.self] = newValue }
///     }
/// }
/// ```
public protocol ModuleOptions: Sendable {
    /// Creates options with their default values.
    init()

    /// Replaces the values whose keys are set.
    ///
    /// - Throws: ``OptionError`` for a value that makes no sense.
    mutating func read(_ reader: OptionReader) throws(OptionError)
}
