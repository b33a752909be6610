import RoadRunner
import Synchronization

/// A program whose requests mostly wait. With `APP_RUNTIME=shared` one process serves all workers of the pool, with one kernel, one
/// cache and one connection pool, however many workers there are. The code does not depend on it.
@main
struct SharedPool: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    /// Stands for something that should exist once: a cache, a connection pool.
    private final class Visits: Sendable {
        private let count = Atomic(0)
        func add() -> Int { self.count.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    init(_ boot: BootContext) async throws {
        let visits = Visits()
        router.get("visits") { _, _ in "visit \(visits.add())\n" }
        router.get("wait") { _, _ in
            // Stands for a database or another service.
            try await Task.sleep(for: .milliseconds(100))
            return "waited\n"
        }
    }

    var workers: some Workers { HTTP(router) }
}
