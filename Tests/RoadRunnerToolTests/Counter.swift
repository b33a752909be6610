import Synchronization

/// Counts, from any thread.
final class Counter: Sendable {
    private let number = Atomic(0)

    /// - Returns: how often it was called before.
    @discardableResult
    func take() -> Int { self.number.wrappingAdd(1, ordering: .relaxed).oldValue }

    var count: Int { self.number.load(ordering: .relaxed) }
}
