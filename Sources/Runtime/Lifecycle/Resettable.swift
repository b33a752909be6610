/// A part of a kernel whose state is reset after each request, so that nothing of one request is visible to the next.
///
/// It is reset when no request is in flight, and requests wait until then.
public protocol Resettable: Sendable {
    /// Called after the response, off the request's path.
    ///
    /// - Throws: an error when the reset failed; the worker then asks RoadRunner for a replacement.
    func reset() async throws
}
