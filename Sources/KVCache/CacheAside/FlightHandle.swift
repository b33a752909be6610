/// A flight, as its own work sees it.
struct FlightHandle: Sendable {
    let flights: SingleFlight
    let number: UInt64

    /// The terms on which it computes. Callers with further tags can no longer join.
    func takeTerms() -> FlightTerms { self.flights.takeTerms(self.number) }

    /// Stores the result, on the combined terms of all waiters, unless newer values were written meanwhile.
    func store(_ body: @escaping @Sendable (FlightTerms) async throws -> Void) async throws {
        guard let terms = self.flights.beginStoring(self.number) else { return }
        defer { self.flights.endStoring(self.number) }
        // A call that was sent is carried out, even if no caller waits for it.
        try await Task { try await body(terms) }.value
    }

    /// Calls `handler` once the result may be older than the stored value.
    func whenOutdated(_ handler: @escaping @Sendable () -> Void) { self.flights.setOutdatedHandler(self.number, handler) }
}
