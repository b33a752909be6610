package import Goridge
package import Logging

/// What a worker's handler is made with.
package struct WorkerEnvironment: Sendable {
    package let options: RuntimeOptions
    package let logger: Logger
    package let relay: RelayEnvironment
    package let loop: RelayLoop
    package let events: EventHub
    package let inspector: Inspector?

    package init(_ launch: LaunchContext, loop: RelayLoop) {
        self.options = launch.options
        self.logger = launch.logger
        self.relay = launch.relay
        self.loop = loop
        self.events = launch.events
        self.inspector = launch.inspector
    }

    package func pipeline(for mode: WorkerMode) -> ExchangePipeline {
        ExchangePipeline(
            mode: mode, options: self.options, events: self.events, inspector: self.inspector, logger: self.logger)
    }
}

/// A worker of a pool: it answers payloads.
package protocol PayloadWorker: Worker {
    func makeHandler(_ environment: WorkerEnvironment) async throws -> any PayloadHandler
    /// Answers payloads while there is no kernel, because it could not be built.
    static func makeFailureHandler(_ failure: any Error, _ environment: WorkerEnvironment) -> any PayloadHandler
}

/// Finds the worker of a mode.
package enum WorkerRegistry {
    package static func worker<Application: Kernel>(
        for mode: WorkerMode, of kernel: Application.Type
    ) throws(LaunchError) -> any PayloadWorker.Type {
        let types = Application.Served.types
        let matching = types.filter { $0.mode == mode }
        guard matching.count <= 1 else {
            throw LaunchError(.duplicateMode, "\(kernel) has \(matching.count) workers for the mode \"\(mode)\": one is possible")
        }
        guard let worker = matching.first as? any PayloadWorker.Type else {
            let served = types.map { "\"\($0.mode)\"" }.joined(separator: ", ")
            throw LaunchError(
                .unservedMode,
                """
                RR_MODE is "\(mode)", which \(kernel) does not serve: it serves \(served.isEmpty ? "nothing" : served). \
                Add a worker for it to `workers`, or remove the plugin from .rr.yaml
                """
            )
        }
        return worker
    }
}
