import Metrics
import Synchronization

/// A backend for swift-metrics that sums values.
final class MetricsProbe: MetricsFactory, Sendable {
    private final class Cell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler, Sendable {
        let value = Mutex(0.0)
        func increment(by amount: Int64) { self.increment(by: Double(amount)) }
        func increment(by amount: Double) { self.value.withLock { $0 += amount } }
        func decrement(by amount: Double) { self.value.withLock { $0 -= amount } }
        func reset() {}
        func set(_ value: Int64) {}
        func set(_ value: Double) {}
        func record(_ value: Int64) {}
        func record(_ value: Double) {}
        func recordNanoseconds(_ duration: Int64) {}
    }

    private let cells = Mutex<[String: Cell]>([:])

    func count(_ label: String, mode: String) -> Double {
        self.cells.withLock { $0["\(label) mode=\(mode)"] }?.value.withLock { $0 } ?? 0
    }

    private func cell(_ label: String, _ dimensions: [(String, String)]) -> Cell {
        self.cells.withLock { cells in
            let key = ([label] + dimensions.map { "\($0.0)=\($0.1)" }).joined(separator: " ")
            let cell = cells[key] ?? Cell()
            cells[key] = cell
            return cell
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { self.cell(label, dimensions) }
    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        self.cell(label, dimensions)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { self.cell(label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        self.cell(label, dimensions)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { self.cell(label, dimensions) }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
