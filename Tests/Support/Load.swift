import Synchronization

/// What became of requests that were sent all the time.
package final class Load: Sendable {
    private let state = Mutex((answered: 0, failures: [String](), isOver: false))

    package init() {}

    package var isOver: Bool { self.state.withLock { $0.isOver } }
    package var result: (answered: Int, failures: [String]) { self.state.withLock { ($0.answered, $0.failures) } }

    package func end() { self.state.withLock { $0.isOver = true } }

    /// - Parameter failure: nil for a request that was answered.
    package func note(_ failure: String?) {
        self.state.withLock { state in
            if let failure { state.failures.append(failure) } else { state.answered += 1 }
        }
    }

    /// Calls `send` by as many tasks, again and again, until `body` has returned; that begins once there is some load.
    ///
    /// - Parameter send: returns nil, or what is wrong with the response.
    /// - Returns: how many were answered, and what was wrong with the others.
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
