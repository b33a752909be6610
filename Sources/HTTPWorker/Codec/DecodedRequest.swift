import Hummingbird

/// A request as RoadRunner describes it, on Hummingbird's types.
struct DecodedRequest {
    let subject: HTTPSubject
    /// The loan of the head, for ``HTTPRequestDecoder/ended(_:)``.
    let loan: HeaderSetCache.Loan

    var request: Request { self.subject.request }
    var info: RequestInfo { self.subject.info }
}
