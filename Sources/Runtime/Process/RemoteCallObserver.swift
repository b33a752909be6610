import Goridge
import Metrics

/// Counts remote calls, and records them in the request's trace.
struct RemoteCallObserver: RPCObserver {
    private let calls = Counter(label: "rr_worker_rpc_calls_total")
    private let failures = Counter(label: "rr_worker_rpc_failures_total")

    func called(_ method: RPCMethod, took duration: Duration, error: (any Error)?) {
        self.calls.increment()
        if error != nil { self.failures.increment() }
        RequestTrace.current?.call(method.name, took: duration, error: error)
    }
}
