/// Finds the worker of a mode.
package enum WorkerRegistry {
    package static func worker<Application: Kernel>(
        for mode: WorkerMode, of kernel: Application.Type
    ) throws(LaunchError) -> any WorkerPlugin.Type {
        let types = Application.Served.types
        let matching = types.filter { $0.mode == mode }
        guard matching.count <= 1 else {
            throw LaunchError(.duplicateMode, "\(kernel) has \(matching.count) workers for the mode \"\(mode)\": one is possible")
        }
        guard let worker = matching.first as? any WorkerPlugin.Type else {
            let served = types.map { "\"\($0.mode)\"" }.joined(separator: ", ")
            throw LaunchError(
                .unservedMode,
                """
                RR_MODE is "\(mode)", which \(kernel) does not serve: it serves \(served.isEmpty ? "nothing" : served). \
                Add a worker for it to `workers` (this package has HTTP and CentrifugoEvents; others implement WorkerPlugin), or \
                remove the plugin from .rr.yaml
                """
            )
        }
        return worker
    }
}
