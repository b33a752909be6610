import HTTPTypes
import Hummingbird
import RoadRunnerRuntime

/// What one request gathers while it is handled. It ends with the request.
struct RequestState: Sendable {
    /// The form, once it was read. It keeps its temporary files.
    var form: Form?
    /// The client, where proxies before it are trusted.
    var client: Client?
    var session: Session?
    var afterResponse: [AfterResponseWork] = []
    var id: ExchangeID?
    /// Hummingbird's: it has the route, once one was found.
    var endpointPath: EndpointPath?
    /// Why the kernel shall be built anew.
    var rebootReason: String?
    /// What was thrown and not caught.
    var error: (any Error)?
    /// Whether errors may be shown to the client.
    var isDebug = false
    var informational = InformationalState.unavailable
}
