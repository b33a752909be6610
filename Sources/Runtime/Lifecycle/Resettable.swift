/// Something of a kernel that is put back to its beginning after each request, so that nothing of one is visible to the next.
///
/// It is reset when no request is in hand, and requests wait until it was.
public protocol Resettable: Sendable {
    /// Called after the response, off the request's path.
    ///
    /// - Throws: when it could not be put back: the worker asks RoadRunner for another one in its place.
    func reset() async throws
}
