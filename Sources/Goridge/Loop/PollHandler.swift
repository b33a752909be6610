/// Handles the events of descriptors that are registered with a loop.
package protocol PollHandler: AnyObject {
    /// A descriptor can be read or written, or is broken. Called on the loop's thread.
    func descriptorReady(_ descriptor: CInt, _ events: PollEvents)
}
