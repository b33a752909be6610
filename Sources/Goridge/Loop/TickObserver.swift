/// An object that acts when the jobs of a tick have run.
package protocol TickObserver: AnyObject {
    func tickDidEnd()
}
