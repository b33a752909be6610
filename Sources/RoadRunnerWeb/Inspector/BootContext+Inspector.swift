import Goridge
public import Hummingbird
public import RoadRunnerRuntime

extension BootContext {
    /// Lets the inspector show the requests and events of all processes that use this storage: those of a pool, and of other
    /// pools.
    ///
    /// ```swift
    /// import KVCache
    ///
    /// try await boot.shareInspector(KeyValuePersistDriver(boot.keyValueStore("cache")))
    /// ```
    ///
    /// Records are written after the response, several at a time, and expire after 15 minutes. Requests neither wait for that nor
    /// fail because of it. Without an inspector, for example in production, this does nothing.
    ///
    /// - Parameter driver: a storage that all workers share, such as one of RoadRunner's. It may be used for other purposes: keys
    ///   begin with `inspector:`.
    public func shareInspector(_ driver: any PersistDriver) {
        guard let inspector = self.process.inspector else { return }
        let share = self.process.shared.value {
            InspectorShare(inspector, pid: Int(currentProcessID()))
        }
        share.use(driver, self.logger)
        inspector.publisher = share
        if self.process.isFirst("inspector.share") { self.process.use(share) }
    }
}
