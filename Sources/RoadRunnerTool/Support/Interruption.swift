import UnixSignals

/// Ctrl-C, and being told to end.
enum Interruption {
    /// Runs something that is cancelled by SIGINT and SIGTERM, so that it can clean up.
    ///
    /// - Returns: nil where it was cancelled.
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
            // What the operation throws now is that it was cancelled.
            _ = await group.nextResult()
            return nil
        }
    }
}
