/// An instance's handler for one event loop.
package final class LoopHandler: Sendable {
    let handler: any PayloadHandler
    init(_ handler: any PayloadHandler) { self.handler = handler }
}
