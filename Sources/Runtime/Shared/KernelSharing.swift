/// The common state of worker loops that share a kernel.
package struct KernelSharing: Sendable {
    /// The limit of handlers that run at a time; nil when there is none.
    let limit: HandlerLimit?
    /// Called once, when another process should take over.
    let replacementRequested: @Sendable () -> Void

    package init(maximumConcurrency: Int?, replacementRequested: @escaping @Sendable () -> Void) {
        self.limit = maximumConcurrency.map { HandlerLimit($0) }
        self.replacementRequested = replacementRequested
    }
}
