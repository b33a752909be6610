package import Goridge
package import Logging
import NIOConcurrencyHelpers
package import NIOCore

/// State of the process that outlives the kernels that are built in it: the connection to RoadRunner, and objects that kernels share.
package final class ProcessContext: Sendable {
    private struct State {
        var loop: PollEventLoop?
        var client: RPCClient?
        var shared: [String: any Sendable] = [:]
        var sinks: [any TelemetryExporter] = []
        var told: Set<String> = []
    }

    let options: RuntimeOptions
    /// Whether a pool of RoadRunner's has started this process: it does not outlive RoadRunner then.
    package let isPoolWorker: Bool
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    package init(options: RuntimeOptions, isPoolWorker: Bool, logger: Logger) {
        self.options = options
        self.isPoolWorker = isPoolWorker
        self.logger = logger
    }

    /// Whether there is a RoadRunner to call: one has started this process, or `RR_RPC` names one.
    package var hasRoadRunner: Bool { self.isPoolWorker || self.options.rpcAddress != nil }

    /// The worker's loop carries the connection as well; without one it gets a thread of its own.
    package func use(_ loop: PollEventLoop) { self.state.withLockedValue { $0.loop = loop } }

    /// The process's connection to RoadRunner. Nothing is connected before the first call.
    package func client() throws -> RPCClient {
        if let client = self.state.withLockedValue({ $0.client }) { return client }
        let (address, hint) = try self.remoteAddress()
        return try self.state.withLockedValue { state in
            if let client = state.client { return client }
            let client =
                RPCClient(
                    address: address, loop: try state.loop ?? PollEventLoop(name: "rr-rpc"), logger: self.logger,
                    ownsLoop: state.loop == nil, hint: hint, observer: RemoteCallObserver())
            state.client = client
            return client
        }
    }

    /// Where RoadRunner is called, and what to do where nobody listens there.
    package func remoteAddress() throws(RelayAddressError) -> (address: RelayAddress, hint: String?) {
        guard self.isPoolWorker, self.options.rpcAddress == nil else {
            return (try RelayAddress(parsingRPC: self.options.rpcAddress, from: "RR_RPC"), nil)
        }
        // RoadRunner leaves the variable out where `rpc.listen` is not written down. It listens at the default then, if at all.
        return (
            RPCClient.defaultAddress,
            "RR_RPC is not set: .rr.yaml has no rpc.listen. Add this line to it: rpc: { listen: \"\(RPCClient.defaultAddress)\" }"
        )
    }

    /// Whether nobody has been told of `topic` before: what every storage and every reboot would say again is said once.
    package func isFirst(_ topic: String) -> Bool { self.state.withLockedValue { $0.told.insert(topic).inserted } }

    /// A value that all kernels of the process share, made when it is asked for first.
    package func shared<Value: Sendable>(_ key: String, make: () -> Value) -> Value {
        self.state.withLockedValue { state in
            if let value = state.shared[key] as? Value { return value }
            let value = make()
            state.shared[key] = value
            return value
        }
    }

    /// A value that was shared before.
    package func existing<Value: Sendable>(_ type: Value.Type, _ key: String) -> Value? {
        self.state.withLockedValue { $0.shared[key] as? Value }
    }

    /// From now on `sink` can send.
    package func use(_ sink: any TelemetryExporter) {
        self.state.withLockedValue { $0.sinks.append(sink) }
        sink.attach(self)
    }

    /// Sends what waits to be sent, waits for calls in flight, and closes the connection.
    ///
    /// - Parameter limit: for the sinks, and again for the calls.
    /// - Returns: what did not keep the limit, and is left behind.
    @discardableResult
    package func close(within limit: Duration = .seconds(1)) async -> [String] {
        let (sinks, client) = self.state.withLockedValue { ($0.sinks, $0.client) }
        let names: [String] = await withTaskGroup(of: String?.self) { group in
            for sink in sinks {
                group.addTask {
                    // One that keeps the limit by itself must not lose by a hair.
                    let hasEnded = await ends(within: limit * 1.25) { await sink.drain(within: limit) }
                    return hasEnded ? nil : "the sink \(type(of: sink))"
                }
            }
            return await group.reduce(into: []) { names, name in if let name { names.append(name) } }
        }
        // Its own limit is a second; what it leaves unsent is no failure.
        if let client { _ = await ends(within: limit * 1.25) { await client.close() } }
        return names
    }

    /// RoadRunner's configuration, from RoadRunner itself.
    func remoteConfiguration() async throws -> ByteBuffer {
        try await self.client().perform(RPCMethod("rpc.Config"), codec: .raw, arguments: ByteBuffer(), timeout: nil)
    }

    /// RoadRunner's configuration as `rpc.Config` gives it: from RoadRunner where it can be asked, otherwise from the file.
    ///
    /// - Returns: nil where there is neither, so that nothing is known.
    package func serverConfiguration() async throws -> ByteBuffer? {
        var failure: (any Error)?
        if self.hasRoadRunner {
            do {
                // It has passwords in it: it is never logged.
                return try await self.remoteConfiguration()
            } catch let error as RPCError {
                failure = error
            }
        }
        guard let reader = self.options.configurationReader else {
            if let failure, self.isFirst("configuration") {
                self.logger.warning("RoadRunner cannot be asked for its configuration: \(failure)")
            }
            return nil
        }
        do {
            return ByteBuffer(bytes: try await reader.json(ofFileAt: self.options.configurationPath))
        } catch {
            // Without RoadRunner a program need not have its configuration.
            guard let failure else {
                self.logger.debug("RoadRunner's configuration was not read: \(error)")
                return nil
            }
            throw ServerConfigurationError(remote: failure, file: error)
        }
    }
}
