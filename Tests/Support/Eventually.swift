package import Testing

/// Waits for what nothing announces.
///
/// - Parameter attempt: an error of it counts as nil.
/// - Returns: its first value; nil if there is none in time.
package func eventualValue<Value>(within limit: Duration = .seconds(10), _ attempt: () async throws -> Value?) async throws
    -> Value?
{
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try? await attempt() { return value }
        guard ContinuousClock.now < deadline else { return nil }
        try await Task.sleep(for: .milliseconds(25))
    }
}

/// Waits until a condition holds. The test fails if it does not in time.
package func eventually(
    within limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let result: Void? = try await eventualValue(within: limit) { try await condition() ? () : nil }
    if result == nil { Issue.record("it did not come about within \(limit)", sourceLocation: sourceLocation) }
}
