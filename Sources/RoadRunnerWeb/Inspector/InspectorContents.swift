/// The contents of the inspector's page.
struct InspectorContents: Encodable, Sendable {
    struct Row: Encodable, Sendable {
        let pid: Int
        let record: InspectorRecord
    }

    /// A process, and the number of its records.
    struct Worker: Encodable, Sendable {
        let pid: Int
        var count: Int
    }

    enum CodingKeys: CodingKey {
        case notice, workers, total, records
    }

    let filter: InspectorFilter
    var notice: String?
    var workers: [Worker] = []
    /// The number of matching records.
    var total = 0
    /// The matching records, latest first.
    var records: [Row] = []

    init(filter: InspectorFilter) { self.filter = filter }

    mutating func add(_ processes: [InspectedProcess], at maximum: Int) {
        var counts: [Int: Int] = [:]
        for process in processes where !process.records.isEmpty { counts[process.pid, default: 0] += process.records.count }
        self.workers = counts.map { Worker(pid: $0, count: $1) }.sorted { $0.pid < $1.pid }
        let rows = processes.flatMap { process in process.records.map { Row(pid: process.pid, record: $0) } }
            .filter { self.filter.matches($0.record, pid: $0.pid) }
        self.total = rows.count
        // The same order in all processes, since the page's tag depends on it.
        let sorted = rows.sorted { one, other in
            let (one, other) = (one.record, other.record)
            return (other.time, other.number, other.id) < (one.time, one.number, one.id)
        }
        self.records = Array(sorted.prefix(maximum))
    }
}
