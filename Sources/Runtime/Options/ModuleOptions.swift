/// The options of one module, which it reads from its own keys.
///
/// Each value comes from the first of these that has one: the environment, the file `.env`, ``Kernel/options``, and the module's
/// defaults.
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
    /// - Throws: ``OptionError`` for an invalid value.
    mutating func read(_ reader: OptionReader) throws(OptionError)
}
