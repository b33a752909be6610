package import Goridge
package import Logging
package import NIOCore
import Synchronization

/// The state of the process that outlives its kernels: the connection to RoadRunner, and objects that kernels share.
package final class ProcessContext: Sendable {
    private struct State {
        var loop: PollEventLoop?
        var client: RPCClient?
        var exporters: [any TelemetryExporter] = []
        var reportedTopics: Set<String> = []
    }

    let options: RuntimeOptions
    /// Whether one of RoadRunner's pools started this process, which then does not outlive RoadRunner.
    package let isPoolWorker: Bool
    /// Values that all kernels of the process share.
    package let shared = SharedValues()
    private let logger: Logger
    private let state = Mutex(State())

    package init(options: RuntimeOptions, isPoolWorker: Bool, logger: Logger) {
        self.options = options
        self.isPoolWorker = isPoolWorker
        self.logger = logger
    }

    /// Whether there is a RoadRunner to call, since it started this process or `RR_RPC` is set.
    package var hasRoadRunner: Bool { self.isPoolWorker || self.options.rpcAddress != nil }

    /// Uses the worker's loop for the connection as well; without a loop it gets its own thread.
    package func use(_ loop: PollEventLoop) { self.state.withLock { $0.loop = loop } }

    /// The process's connection to RoadRunner. Nothing is connected before the first call.
    package func client() throws -> RPCClient {
        if let client = self.state.withLock({ $0.client }) { return client }
        let (address, hint) = try self.remoteAddress()
        return try self.state.withLock { state in
            if let client = state.client { return client }
            let client =
                RPCClient(
                    address: address, loop: try state.loop ?? PollEventLoop(name: "rr-rpc"), logger: self.logger,
                    ownsLoop: state.loop == nil, hint: hint, observer: RemoteCallObserver())
            state.client = client
            return client
        }
    }

    /// Returns the address of RoadRunner's RPC, and a hint for when nothing listens there.
    package func remoteAddress() throws(RelayAddressError) -> (address: RelayAddress, hint: String?) {
        guard self.isPoolWorker, self.options.rpcAddress == nil else {
            return (try RelayAddress(parsingRPC: self.options.rpcAddress, from: "RR_RPC"), nil)
        }
        // RoadRunner does not set the variable if `rpc.listen` is not configured. Then it listens at the default address, if at
        // all.
        return (
            RPCClient.defaultAddress,
            "RR_RPC is not set: .rr.yaml has no rpc.listen. Add this line to it: rpc: { listen: \"\(RPCClient.defaultAddress)\" }"
        )
    }

    /// Whether `topic` is reported for the first time, so that storages and reboots do not repeat the same line.
    package func isFirst(_ topic: String) -> Bool { self.state.withLock { $0.reportedTopics.insert(topic).inserted } }

    /// Adds an exporter, which can send from now on.
    package func use(_ exporter: any TelemetryExporter) {
        self.state.withLock { $0.exporters.append(exporter) }
        exporter.attach(self)
    }

    /// Sends pending telemetry, waits for calls in flight, and closes the connection.
    ///
    /// - Parameter limit: the time for the exporters, and again for the calls.
    /// - Returns: the names of the exporters that exceeded the limit; they are abandoned.
    @discardableResult
    package func close(within limit: Duration = .seconds(1)) async -> [String] {
        let (exporters, client) = self.state.withLock { ($0.exporters, $0.client) }
        let names: [String] = await withTaskGroup(of: String?.self) { group in
            for exporter in exporters {
                group.addTask {
                    // An exporter that keeps to the limit by itself must not lose the race.
                    let hasEnded = await ends(within: limit * 1.25) { await exporter.flush(within: limit) }
                    return hasEnded ? nil : "the exporter \(type(of: exporter))"
                }
            }
            return await group.reduce(into: []) { names, name in if let name { names.append(name) } }
        }
        // The client's own limit is a second; calls that it leaves unsent are not a failure.
        if let client { _ = await ends(within: limit * 1.25) { await client.close() } }
        return names
    }

    /// Returns RoadRunner's configuration, from RoadRunner itself.
    func remoteConfiguration() async throws -> ByteBuffer {
        try await self.client().perform(RPCMethod("rpc.Config"), codec: .raw, arguments: ByteBuffer(), timeout: nil)
    }

    /// Returns RoadRunner's configuration in the form of `rpc.Config`: from RoadRunner if it can be asked, otherwise from the file.
    ///
    /// - Returns: the configuration; nil when there is neither.
    package func serverConfiguration() async throws -> ByteBuffer? {
        var failure: (any Error)?
        if self.hasRoadRunner {
            do {
                // The configuration contains passwords: it is never logged.
                return try await self.remoteConfiguration()
            } catch let error as RPCError {
                failure = error
            }
        }
        guard let reader = self.options.configurationReader else {
            if let failure, self.isFirst("configuration") {
                self.logger.warning("cannot get RoadRunner's configuration: \(failure)")
            }
            return nil
        }
        do {
            return ByteBuffer(bytes: try await reader.json(ofFileAt: self.options.configurationPath))
        } catch {
            // A program without RoadRunner need not have RoadRunner's configuration.
            guard let failure else {
                self.logger.debug("did not read RoadRunner's configuration: \(error)")
                return nil
            }
            throw ServerConfigurationError(file: error, remote: failure)
        }
    }
}
