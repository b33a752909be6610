import HTTPTypes
import Hummingbird
import RoadRunnerRuntime

/// What one request gathers while it is handled. It ends with the request.
///
/// Most requests gather nothing of what few need, and pay for none of it.
struct RequestState: Sendable {
    var id: ExchangeID?
    /// Whether errors may be shown to the client.
    var isDebug = false
    /// Hummingbird's: it has the route, once one was found.
    var endpointPath: EndpointPath?
    private var rare: Rare?

    /// Belongs to one state, under whose lock it is used.
    private final class Rare: @unchecked Sendable {
        var form: Form?
        var client: Client?
        var session: Session?
        var afterResponse: [AfterResponseWork] = []
        var informational = InformationalState.unavailable
        var rebootReason: String?
        var error: (any Error)?
        var connectionFault: (@Sendable () async -> Fault?)?
        var deadlineEnd: ContinuousClock.Instant?
    }

    private mutating func makeRare() -> Rare {
        if let rare { return rare }
        let rare = Rare()
        self.rare = rare
        return rare
    }

    /// The form, once it was read. It keeps its temporary files.
    var form: Form? {
        get { self.rare?.form }
        set { self.makeRare().form = newValue }
    }

    /// The client, where proxies before it are trusted.
    var client: Client? {
        get { self.rare?.client }
        set { self.makeRare().client = newValue }
    }

    var session: Session? {
        get { self.rare?.session }
        set { self.makeRare().session = newValue }
    }

    /// What is to be done once the answer was sent.
    var afterResponse: [AfterResponseWork] {
        get { self.rare?.afterResponse ?? [] }
        set { self.makeRare().afterResponse = newValue }
    }

    var informational: InformationalState {
        get { self.rare?.informational ?? .unavailable }
        set { self.makeRare().informational = newValue }
    }

    /// Whose fault errors are, where the connection knows.
    var connectionFault: (@Sendable () async -> Fault?)? {
        get { self.rare?.connectionFault }
        set { self.makeRare().connectionFault = newValue }
    }

    /// When the head of the response has to be sent at the latest; nil without a deadline.
    var deadlineEnd: ContinuousClock.Instant? {
        get { self.rare?.deadlineEnd }
        set { self.makeRare().deadlineEnd = newValue }
    }

    /// What became of the request, for the policies of the kernel.
    var outcome: PayloadOutcome { PayloadOutcome(error: self.rare?.error, rebootReason: self.rare?.rebootReason) }

    /// The first of each counts.
    mutating func note(_ outcome: PayloadOutcome) {
        guard outcome.error != nil || outcome.rebootReason != nil else { return }
        let rare = self.makeRare()
        rare.error = rare.error ?? outcome.error
        rare.rebootReason = rare.rebootReason ?? outcome.rebootReason
    }
}
