public import HTTPWorker
public import KVCache

extension SessionMiddleware {
    /// - Parameter store: where sessions are stored. With RoadRunner's storages all workers share them; encrypt them by an envelope
    ///   of the store where its contents must not be read.
    public init(_ store: KeyValueStore, options: SessionOptions = SessionOptions()) {
        self.init(KeyValuePersistDriver(store), options: options)
    }
}
