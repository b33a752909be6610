import RoadRunner
import Synchronization

/// A program whose requests mostly wait. With `APP_RUNTIME=shared` one process serves all workers of the pool, so that there are one kernel, one
/// cache and one pool of connections, however many workers there are. Nothing in the code says so.
@main
struct SharedPool: Kernel {
    let router = Router()

    /// Stands for what there should be once: a cache, a pool of connections.
    private final class Visits: Sendable {
        private let count = Atomic(0)
        func add() -> Int { self.count.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    init(_ boot: BootContext) async throws {
        let visits = Visits()
        router.get("visits") { _, _ in "visit \(visits.add())\n" }
        router.get("wait") { _, _ in
            // A database, another service.
            try await Task.sleep(for: .milliseconds(100))
            return "waited\n"
        }
    }

    var workers: some Workers { HTTP(router) }
}
