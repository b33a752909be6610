/// Opened once, by anybody; whoever waits goes on.
package final class Gate: Sendable {
    private let (stream, source) = AsyncStream<Void>.makeStream()

    package init() {}

    package func open() { self.source.finish() }

    /// Returns before the gate is open where the task is cancelled.
    package func wait() async { for await _ in self.stream {} }

    package func waitEvenIfCancelled() async { await Task.detached { await self.wait() }.value }
}
