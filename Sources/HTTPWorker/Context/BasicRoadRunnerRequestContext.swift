public import Hummingbird

/// The request context for applications that need nothing of their own in it.
public struct BasicRoadRunnerRequestContext: RoadRunnerRequestContext {
    /// Hummingbird's part of the context.
    public var coreContext: CoreRequestContextStorage
    /// Facts about the request, from RoadRunner.
    public let info: RequestInfo

    /// Made for each request, by ``HTTP``.
    public init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.info = source.info
    }
}
