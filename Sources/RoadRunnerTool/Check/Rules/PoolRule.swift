import Foundation
import RoadRunnerConfiguration

/// The pools: their number of workers and their timeouts; and all other timeouts.
struct PoolRule: Rule {
    /// RoadRunner's maximum.
    private static let maximumWorkers = 500
    /// Workers above this number per core wait for each other.
    private static let workersPerCore = 16
    /// The memory of a small worker, in MiB.
    private static let workerMemory = 16
    private static let durations = [
        ["allocate_timeout"], ["destroy_timeout"], ["reset_timeout"], ["stream_timeout"], ["supervisor", "watch_tick"],
        ["supervisor", "ttl"], ["supervisor", "idle_ttl"], ["supervisor", "exec_ttl"],
    ]

    var cores = ProcessInfo.processInfo.activeProcessorCount
    /// The machine's memory in bytes.
    var memory = ProcessInfo.processInfo.physicalMemory

    func findings(_ setup: Setup) async -> [Finding] {
        var findings: [Finding] = []
        for mode in setup.pools {
            let before = findings.count
            for keys in Self.durations { findings += Self.duration([mode, "pool"] + keys, setup) }
            findings += self.workers(mode, setup)
            findings += Self.deadline(mode, setup)
            if findings.count == before { findings.append(.good("pool", "the pool of \(mode) fits this machine")) }
        }
        for service in setup.services { findings += Self.duration(["service", service.name, "exec_timeout"], setup) }
        return findings + Self.duration(["endure", "grace_period"], setup)
    }

    private static func duration(_ keys: [String], _ setup: Setup) -> [Finding] {
        let key = keys.joined(separator: ".")
        do throws(GoDuration.Problem) {
            _ = try GoDuration.seconds(setup.value(keys))
            return []
        } catch {
            return switch error {
            case .nanoseconds(let number):
                [
                    .fault(
                        "pool.unit", "\(key) is \(number), which RoadRunner takes for nanoseconds",
                        "write the unit: \(keys.last ?? key): \(number)s")
                ]
            case .malformed(let text):
                [
                    .fault(
                        "pool.duration", "\(key) is \"\(text)\", which is not a duration: RoadRunner does not start",
                        "write a duration such as 60s, 500ms or 1h")
                ]
            }
        }
    }

    private func workers(_ mode: String, _ setup: Setup) -> [Finding] {
        let key = "\(mode).pool.num_workers"
        guard let value = setup[mode, "pool", "num_workers"], value != .null else { return [] }
        guard let number = value.number, (0...Self.maximumWorkers).contains(number) else {
            return [
                .fault(
                    "pool.workers", "\(key) is \(value.text ?? "not a number"): RoadRunner does not start with it",
                    "write a number from 1 to \(Self.maximumWorkers); 0 means one per core")
            ]
        }
        guard !setup.isDebugPool(mode) else { return [] }
        if number > self.cores * Self.workersPerCore {
            return [
                .warning(
                    "pool.workers",
                    "\(key) is \(number), and this machine has \(self.cores) cores: workers will wait for each other",
                    "set \(self.cores) to \(self.cores * Self.workersPerCore); if requests mostly wait, see init --runtime native"
                )
            ]
        }
        let each = setup[mode, "pool", "supervisor", "max_worker_memory"]?.number ?? Self.workerMemory
        let (needed, isTooMuch) = number.multipliedReportingOverflow(by: max(0, each))
        let available = Int(clamping: self.memory >> 20)
        if isTooMuch || needed > available {
            return [
                .warning(
                    "pool.memory", "\(number) workers of \(each) MiB may take more than the \(available) MiB of this machine",
                    "lower \(key), or \(mode).pool.supervisor.max_worker_memory")
            ]
        }
        return []
    }

    private static func deadline(_ mode: String, _ setup: Setup) -> [Finding] {
        guard let limit = try? GoDuration.seconds(setup[mode, "pool", "supervisor", "exec_ttl"]), limit > 0 else { return [] }
        guard let deadline = setup.workerVariable("REQUEST_DEADLINE"), let seconds = Double(deadline.value) else {
            return [
                .warning(
                    "pool.deadline",
                    "RoadRunner kills workers of \(mode) whose requests take longer than exec_ttl, \(limit) seconds",
                    "set REQUEST_DEADLINE below it: the client gets 504, and the worker stays")
            ]
        }
        guard seconds >= limit else { return [] }
        return [
            .fault(
                "pool.deadline",
                "REQUEST_DEADLINE is \(deadline.value) seconds (in \(deadline.source)), but RoadRunner kills after \(limit)",
                "set it below \(mode).pool.supervisor.exec_ttl")
        ]
    }
}
