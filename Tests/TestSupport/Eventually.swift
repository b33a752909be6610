package import Testing

/// Repeats an attempt until it returns a value. For state that no event reports.
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

/// Waits until a condition is met. The test fails if it is not met in time.
package func eventually(
    within limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let result: Void? = try await eventualValue(within: limit) { try await condition() ? () : nil }
    if result == nil { Issue.record("the condition was not met within \(limit)", sourceLocation: sourceLocation) }
}
