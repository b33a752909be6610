/// A worker that can describe what it serves, such as its routes.
///
/// ```swift
/// extension Mail: SelfDescribing {
///     func describe(_ description: inout KernelDescription) {
///         description.tables.append(.init(mode: Self.mode, routes: boxes.map { .init(kind: "box", pattern: $0.name) }))
///     }
/// }
/// ```
public protocol SelfDescribing: Worker {
    /// Adds to the description of the kernel.
    ///
    /// - Throws: an error of the worker, which would be a boot failure.
    func describe(_ description: inout KernelDescription) throws
}
