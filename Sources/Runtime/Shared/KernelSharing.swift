/// What the worker loops that share a kernel have in common.
package struct KernelSharing: Sendable {
    /// How many handlers may run at a time; nil where there is no limit.
    let limit: HandlerLimit?
    /// Called once, when another process should take over.
    let replacementRequested: @Sendable () -> Void

    package init(maximumConcurrency: Int?, replacementRequested: @escaping @Sendable () -> Void) {
        self.limit = maximumConcurrency.map { HandlerLimit($0) }
        self.replacementRequested = replacementRequested
    }
}
