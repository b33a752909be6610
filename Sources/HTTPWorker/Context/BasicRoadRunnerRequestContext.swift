public import Hummingbird

/// The request context for applications that need no additional properties.
public struct BasicRoadRunnerRequestContext: RoadRunnerRequestContext {
    /// Hummingbird's part of the context.
    public var coreContext: CoreRequestContextStorage
    /// Information about the request, from RoadRunner.
    public let info: RequestInfo

    /// Creates the context of a request. ``HTTP`` calls it.
    public init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.info = source.info
    }
}
