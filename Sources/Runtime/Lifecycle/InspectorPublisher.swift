/// Passes the entries of an inspector to other processes.
package protocol InspectorPublisher: AnyObject, Sendable {
    /// Called on the path of each request: it must not wait.
    func inspectorHasRecorded()
}
