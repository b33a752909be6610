/// Observes remote calls that have ended, except those that send metrics and log lines.
package protocol RPCObserver: Sendable {
    func called(_ method: RPCMethod, took duration: Duration, error: (any Error)?)
}
