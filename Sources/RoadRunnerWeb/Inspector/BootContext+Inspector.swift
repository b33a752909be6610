public import Hummingbird
public import RoadRunnerRuntime
import HTTPWorker

extension BootContext {
    /// Lets the inspector show the requests and events of all processes that use this storage: those of a pool, and of other pools.
    ///
    /// ```swift
    /// try await boot.shareInspector(KeyValuePersistDriver(boot.keyValueStore("cache")))
    /// ```
    ///
    /// Records are written after the response, some of them together, and end after 15 minutes. No request waits for that, nor fails by it. Where
    /// there is no inspector, in production say, it does nothing.
    ///
    /// - Parameter driver: a storage of all workers, such as one of RoadRunner's. It needs to be no other's: keys begin with `inspector:`.
    public func shareInspector(_ driver: any PersistDriver) {
        guard let inspector = self.process.inspector else { return }
        let share = self.process.shared("inspector.share") {
            InspectorShare(inspector, pid: Int(currentProcessID()))
        }
        share.use(driver, self.logger)
        inspector.publisher = share
        if self.process.isFirst("inspector.share") { self.process.use(share) }
    }
}
