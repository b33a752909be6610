import Synchronization

/// A number that many threads change.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits: Atomic<UInt64>

    init(_ value: Double) { self.bits = Atomic(value.bitPattern) }

    var value: Double { Double(bitPattern: self.bits.load(ordering: .acquiring)) }

    func set(_ value: Double) { self.bits.store(value.bitPattern, ordering: .releasing) }

    func exchange(_ value: Double) -> Double {
        Double(bitPattern: self.bits.exchange(value.bitPattern, ordering: .acquiringAndReleasing))
    }

    /// - Parameter change: called again when another thread was faster.
    func update(_ change: (Double) -> Double) {
        var old = self.bits.load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (isDone, current) = self.bits.weakCompareExchange(
                expected: old, desired: new, ordering: .acquiringAndReleasing)
            if isDone { return }
            old = current
        }
    }
}
