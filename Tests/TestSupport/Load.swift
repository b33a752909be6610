import Synchronization

/// The results of requests that are sent continuously.
package final class Load: Sendable {
    private let state = Mutex((answered: 0, failures: [String](), isOver: false))

    package init() {}

    package var isOver: Bool { self.state.withLock { $0.isOver } }
    package var result: (answered: Int, failures: [String]) { self.state.withLock { ($0.answered, $0.failures) } }

    package func end() { self.state.withLock { $0.isOver = true } }

    /// - Parameter failure: nil for a successful request.
    package func note(_ failure: String?) {
        self.state.withLock { state in
            if let failure { state.failures.append(failure) } else { state.answered += 1 }
        }
    }

    /// Calls `send` repeatedly from concurrent tasks until `body` has returned, which starts once there is some load.
    ///
    /// - Parameter send: returns nil, or the fault of the response.
    /// - Returns: the number of successful requests, and the faults of the others.
    package static func during(
        tasks: Int, send: @escaping @Sendable () async throws -> String?, _ body: () async throws -> Void
    ) async throws -> (answered: Int, failures: [String]) {
        let load = Load()
        let running = (0..<tasks).map { _ in
            Task {
                while !load.isOver {
                    do { load.note(try await send()) } catch { load.note("\(error)") }
                }
            }
        }
        while load.result.answered < tasks * 4, load.result.failures.count < tasks { try await Task.sleep(for: .milliseconds(5)) }
        do {
            try await body()
        } catch {
            load.end()
            for task in running { await task.value }
            throw error
        }
        load.end()
        for task in running { await task.value }
        return load.result
    }
}
