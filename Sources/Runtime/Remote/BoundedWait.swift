import Goridge

extension Task where Success == Void, Failure == Never {
    /// Waits for the task's end, but no longer than this. The task goes on.
    package func value(within deadline: Duration) async {
        // Waiting for a task cannot be cancelled; waiting for a stream can.
        let (signal, continuation) = AsyncStream<Void>.makeStream()
        Task {
            await self.value
            continuation.finish()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signal {} }
            group.addTask { try? await Task<Never, Never>.sleep(for: deadline.clamped()) }
            await group.next()
            group.cancelAll()
        }
    }
}
