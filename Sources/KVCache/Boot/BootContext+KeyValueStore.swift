import Goridge
public import RoadRunnerRuntime

extension BootContext {
    /// A key-value storage of RoadRunner's, by its name in the section `kv` of `.rr.yaml`.
    ///
    /// The name is looked up in RoadRunner's configuration (`KV_AUTO_REGISTER`). If RoadRunner cannot be reached, as in a container
    /// build, its configuration file is read, provided that `RuntimeOptions.configurationReader` can read it. Nothing else is
    /// called. Without RoadRunner, which is standalone without `RR_RPC`, the store is kept in this process.
    ///
    /// - Parameters:
    ///   - prefix: the prefix of all keys.
    ///   - timeToLive: how long entries live by default; nil for ever.
    ///   - coder: the coder; when nil the one that `KV_SERIALIZER` names, and JSON when that is not set. An invalid `KV_SERIALIZER` is an
    ///     error in either case.
    ///   - envelope: encrypts the values.
    /// - Throws: ``KeyValueError/Code/unknownStorage`` with the names of the configured storages; `OptionError`,
    ///   `RelayAddressError` and `ServerConfigurationError` for invalid options and files.
    public func keyValueStore(
        _ name: String, prefix: String = "", timeToLive: Duration? = nil, coder: (any ValueCoder)? = nil,
        envelope: (any ValueEnvelope)? = nil
    ) async throws -> KeyValueStore {
        self.note(KernelDescription.Storage(name: name, prefix: prefix, isSealed: envelope != nil))
        let options = try self.options.inForce(KeyValueOptions.self)
        let coder = coder ?? options.coder
        var driver = StorageDriver.unknown
        var start: StorageReadiness?
        if options.autoRegister, let configuration = try await self.process.serverConfiguration() {
            let drivers = try StorageDirectory(configuration: configuration).drivers
            guard let known = drivers[name] else {
                throw KeyValueError(.unknownStorage, storage: name, Self.unknownStorage(name, drivers.keys.sorted()))
            }
            driver = known
            start = self.process.shared.value(name) { StorageReadiness() }
        }
        guard self.process.hasRoadRunner else {
            // Kernels come and go, the storage remains.
            let store = self.process.shared.value(name) { KeyValueStore.inMemory(name) }
            return store.with(prefix: prefix, timeToLive: timeToLive, coder: coder, envelope: envelope)
        }
        let client = try self.rpc
        return KeyValueStore(
            name: name, prefix: prefix, timeToLive: timeToLive, coder: coder, envelope: envelope,
            backend: RemoteStorage(client: client, name: name, driver: driver, start: start),
            flights: SingleFlight.shared(by: client, name))
    }

    private static func unknownStorage(_ name: String, _ known: [String]) -> String {
        let list = known.map { "\"\($0)\"" }.joined(separator: ", ")
        return known.isEmpty
            ? "RoadRunner's configuration has no key-value storages. Add to .rr.yaml: kv: { \(name): { driver: memory, config: {} } }"
            : "RoadRunner's configuration has no key-value storage of that name, only \(list)"
    }
}

extension KeyValueStore {
    fileprivate func with(
        prefix: String, timeToLive: Duration?, coder: any ValueCoder, envelope: (any ValueEnvelope)?
    ) -> KeyValueStore {
        var store = self
        store.prefix = prefix
        store.timeToLive = timeToLive
        store.coder = coder
        store.envelope = envelope
        return store
    }
}
