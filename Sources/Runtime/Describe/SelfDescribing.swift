/// A worker that can say what it serves: its routes, say.
///
/// ```swift
/// extension Mail: SelfDescribing {
///     func describe(_ description: inout KernelDescription) {
///         description.tables.append(.init(mode: Self.mode, routes: boxes.map { .init(kind: "box", pattern: $0.name) }))
///     }
/// }
/// ```
public protocol SelfDescribing: Worker {
    /// Adds to what is known of the kernel.
    ///
    /// - Throws: what is wrong with the worker; it would be a boot failure.
    func describe(_ description: inout KernelDescription) throws
}
