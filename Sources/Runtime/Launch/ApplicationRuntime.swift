/// A way to run a kernel. `APP_RUNTIME` selects one by its ``name``.
///
/// There are `roadrunner`, `shared`, `standalone` and `describe`.
package protocol ApplicationRuntime: Sendable {
    /// The name by which `APP_RUNTIME` chooses it.
    var name: RuntimeName { get }

    /// Runs the kernel until the process must end.
    ///
    /// - Returns: the exit code of the process.
    /// - Throws: an error that kept it from running. It is printed to stderr, and the exit code is 1.
    func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32
}
