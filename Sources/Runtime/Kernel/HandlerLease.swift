/// A lease of a handler for one payload.
struct HandlerLease {
    // One word each: a lease is copied for every payload.
    let loopHandler: LoopHandler
    /// The leased instance; nil for the handler that responds while there is no kernel.
    let instance: KernelInstance<[LoopHandler]>?

    var handler: any PayloadHandler { self.loopHandler.handler }
}
