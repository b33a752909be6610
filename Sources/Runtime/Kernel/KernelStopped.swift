/// The process is about to end, so no kernel serves any more.
package struct KernelStopped: Error, CustomStringConvertible {
    package var description: String { "the process is shutting down" }
}
