import HTTPTypes
import Hummingbird
import RoadRunnerRuntime

/// State that a request accumulates while it is handled, and that ends with it.
///
/// Rarely used values are allocated only when one is set.
package struct RequestState: Sendable {
    var id: ExchangeID?
    /// Whether errors may be shown to the client.
    var isDebug = false
    /// Whether a renderer of the application has made the response, so an empty body is intended.
    package var isRendered = false
    /// Hummingbird's storage for the route, once one was found.
    var endpointPath: EndpointPath?
    private var rare: Rare?
    /// Whether work after the response is no longer accepted.
    private var hasEnded = false

    /// The rarely used values. They belong to one state, under whose lock they are used.
    private final class Rare: @unchecked Sendable {
        var form: Form?
        package var client: Client?
        /// Values of middleware in other modules; a handful at most.
        var values: [(key: ObjectIdentifier, value: any Sendable)] = []
        var afterResponse: [AfterResponseWork] = []
        var informational = InformationalState.unavailable
        var outcome = Outcome()
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

    /// The client that trusted proxies have reported.
    package var client: Client? {
        get { self.rare?.client }
        set { self.makeRare().client = newValue }
    }

    /// A value that middleware in another module keeps with the request.
    package subscript<Key: RequestStateKey>(_: Key.Type) -> Key.Value? {
        get {
            let key = ObjectIdentifier(Key.self)
            return self.rare?.values.first { $0.key == key }?.value as? Key.Value
        }
        set {
            let key = ObjectIdentifier(Key.self)
            let rare = self.makeRare()
            rare.values.removeAll { $0.key == key }
            if let newValue { rare.values.append((key, newValue)) }
        }
    }

    /// Adds work to do after the response was sent.
    ///
    /// - Returns: false when the request has ended: the work would neither run nor be freed.
    mutating func addAfterResponse(_ work: @escaping AfterResponseWork) -> Bool {
        guard !self.hasEnded else { return false }
        self.makeRare().afterResponse.append(work)
        return true
    }

    /// Removes and returns the next work item.
    mutating func nextAfterResponse() -> AfterResponseWork? {
        guard let rare, !rare.afterResponse.isEmpty else { return nil }
        return rare.afterResponse.removeFirst()
    }

    /// Ends the request unless work is left.
    mutating func endsWithoutWork() -> Bool {
        if self.rare?.afterResponse.isEmpty ?? true { self.hasEnded = true }
        return self.hasEnded
    }

    /// Ends the request. Work that has not begun is dropped.
    mutating func endAfterResponse() {
        self.hasEnded = true
        self.rare?.afterResponse = []
    }

    var informational: InformationalState {
        get { self.rare?.informational ?? .unavailable }
        set { self.makeRare().informational = newValue }
    }

    /// The `Link` lines to add to the final response.
    var unsentLinks: [HTTPField] { self.rare?.informational.unsentLinks ?? [] }

    /// Reports whose fault errors are, if the connection knows.
    var connectionFault: (@Sendable () async -> Fault?)? {
        get { self.rare?.connectionFault }
        set { self.makeRare().connectionFault = newValue }
    }

    /// The time by which the head of the response must be sent; nil without a deadline.
    var deadlineEnd: ContinuousClock.Instant? {
        get { self.rare?.deadlineEnd }
        set { self.makeRare().deadlineEnd = newValue }
    }

    /// The outcome of the request, for the policies of the kernel.
    var outcome: Outcome { self.rare?.outcome ?? Outcome() }

    mutating func note(_ failure: Outcome.Failure) { self.makeRare().outcome.failures.append(failure) }

    /// Records a reason to reboot. The first one counts.
    mutating func requestReboot(_ reason: String) {
        let rare = self.makeRare()
        rare.outcome.rebootReason = rare.outcome.rebootReason ?? reason
    }

    /// Records the outcome of an exchange within this one.
    mutating func note(nested outcome: Outcome) {
        guard outcome.error != nil || outcome.rebootReason != nil else { return }
        self.makeRare().outcome.nestedError = outcome.error
        if let reason = outcome.rebootReason { self.requestReboot(reason) }
    }
}
