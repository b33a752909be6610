/// The response to a ``CacheEmptyEvent``.
public struct CacheEmptyResponse: Sendable {
    /// Nil to let the next handler decide.
    let isPopulated: Bool?

    /// The handler published to the channel.
    public static let populated = CacheEmptyResponse(isPopulated: true)
    /// There is nothing to publish.
    public static let empty = CacheEmptyResponse(isPopulated: false)
    /// Lets the next handler decide.
    public static let pass = CacheEmptyResponse(isPopulated: nil)
}
