import UnixSignals

/// Ctrl-C, and being asked to stop.
enum Interruption {
    /// Runs an operation that SIGINT and SIGTERM cancel, so that it can clean up.
    ///
    /// - Returns: nil if it was cancelled.
    static func cancelling<Result: Sendable>(
        _ surroundings: Surroundings, _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result? {
        guard surroundings.trapsSignals else { return try await operation() }
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            let first = try await group.next()
            group.cancelAll()
            if let result = first ?? nil { return result }
            // The operation's error now is that it was cancelled.
            _ = await group.nextResult()
            return nil
        }
    }
}
