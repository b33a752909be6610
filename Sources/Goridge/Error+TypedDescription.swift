extension Error {
    /// The type with its module, and the description: many errors do not say where they come from.
    package var typedDescription: String { "\(String(reflecting: type(of: self))): \(self)" }
}
