public import Hummingbird

/// The request context for applications that need nothing of their own in it.
public struct BasicRoadRunnerRequestContext: RoadRunnerRequestContext {
    /// What Hummingbird needs.
    public var coreContext: CoreRequestContextStorage
    /// What RoadRunner knows of the request.
    public let info: RequestInfo

    /// Made for each request, by ``HTTP``.
    public init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.info = source.info
    }
}
